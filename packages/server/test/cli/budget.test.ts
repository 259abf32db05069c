import { expect, it } from 'vitest';
import { parseBudget, tooLarge } from '../../src/cli/serve/budget.js';

it.each([
  ['auto', 'auto'],
  ['60%', '60%'],
  ['62.5%', '62.5%'],
  ['300MB', 300e6],
  ['300', 300],
  ['0%', undefined],
  ['101%', undefined],
  ['much', undefined],
])('a budget of %s is %s', (text, budget) => {
  expect(parseBudget(text)).toBe(budget);
});

it.each<[number, string | undefined]>([
  [3e6, undefined],
  [2e6, 'liver needs 3.00 MB, the budget is 2.00 MB: a request for what does not fit is refused'],
  [
    300,
    'heart needs 1.47 MB, the budget is 300 B, and 1 more need as much or more: a request for what does not fit is refused',
  ],
])('of a budget of %d bytes is told what does not fit', (budgetBytes, told) => {
  const estimates = new Map([
    ['liver', 3e6],
    ['heart', 1.47e6],
  ]);
  expect(tooLarge(estimates, budgetBytes)).toBe(told);
});
