import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('move');
