import { rows } from './elementwise.rows.ts';
import { checkParity } from './parity.ts';

checkParity('elementwise', rows);
