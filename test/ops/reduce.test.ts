import { compareWithFixtures } from './torch-cases.ts';

compareWithFixtures('reduce');
