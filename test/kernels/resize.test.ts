import { checkParity } from './parity.ts';
import { rows } from './resize.rows.ts';

checkParity('resize', rows);
