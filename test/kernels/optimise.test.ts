import { rows } from './optimise.rows.ts';
import { checkParity } from './parity.ts';

checkParity('optimise', rows);
