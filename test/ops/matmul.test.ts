import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('matmul');
