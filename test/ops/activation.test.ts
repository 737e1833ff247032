import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('activation');
