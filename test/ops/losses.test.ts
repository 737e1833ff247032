import { compareWithFixtures } from './fixtures.ts';

compareWithFixtures('losses');
