import { checkParity } from './parity.ts';
import { rows } from './reduce.rows.ts';

checkParity('reduce', rows);
