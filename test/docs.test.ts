/** The pages under docs/ and the README say what is so: links lead somewhere, and quoted code stands where it is said to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name).replaceAll('\\', '/')),
];
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(([, to]) => to ?? '');
    const lost = links.filter((to) => !existsSync(join(root, dirname(page), to)));
    expect(lost).toEqual([]);
  });

  it('names files of this repository that exist', () => {
    const named = [...text.matchAll(/`((?:src|native|tools|test|docs|bench)\/[\w./-]*)`/g)];
    const lost = named
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(join(root, path)));
    expect(lost).toEqual([]);
  });

  it('quotes code that stands in the file it names', () => {
    const quotes = [...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
    const lost = quotes.filter(([, path = '', code = '']) => !read(path).includes(code));
    expect(lost.map(([quote]) => quote)).toEqual([]);
  });
});

it('knows the scripts that pages tell readers to run', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const told = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)]);
  expect(told.map(([, name]) => name).filter((name) => !((name ?? '') in scripts))).toEqual([]);
});
