import { compareWithFixtures } from './torch-cases.ts';

compareWithFixtures('gather');
