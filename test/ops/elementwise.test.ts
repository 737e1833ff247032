import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('elementwise');
