import { rows } from './conv2d.rows.ts';
import { checkParity } from './parity.ts';

checkParity('conv2d', rows);
