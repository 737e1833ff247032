import { rows } from './move.rows.ts';
import { checkParity } from './parity.ts';

checkParity('move', rows);
