import { rows } from './matmul.rows.ts';
import { checkParity } from './parity.ts';

checkParity('matmul', rows);
