import { checkParity } from './parity.ts';
import { rows } from './random.rows.ts';

checkParity('random', rows);
