import { checkParity } from './parity.ts';
import { rows } from './pool.rows.ts';

checkParity('pool', rows);
