import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('reduce');
