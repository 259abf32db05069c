import { basename } from 'node:path';
import { describeValue } from '@warmset/registry/adapter';
import type { z } from 'zod';
import { didYouMean } from '../output/did-you-mean.js';
import { locateKey, pathText } from './locate.js';

/** One thing wrong with a config, as a line for the user. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

/** Every problem that a schema found, in words: the key, what is expected there, what came, what may have been meant. */
export function problemsOf(issues: readonly Issue[], config: unknown, known: KnownKeys): ConfigProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, config, known));
}

/** The keys that a place of the config takes. */
export type KnownKeys = (path: readonly PropertyKey[]) => readonly string[];

function problemsOfIssue(issue: Issue, config: unknown, known: KnownKeys): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const keys = known(issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      text: `there is no key ${pathText([...issue.path, key])}; ${didYouMean(key, keys)}`,
    }));
  }
  const inner = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
  if (inner !== undefined) {
    const nested = inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }) as Issue);
    return nested.flatMap((one) => problemsOfIssue(one, config, known));
  }
  const came = valueAt(config, issue.path);
  const where = pathText(issue.path) || 'the config';
  if (came === undefined)
    return [{ path: issue.path, text: `${where} is missing: expected ${issue.message}` }];
  return [{ path: issue.path, text: `${where}: expected ${issue.message}, got ${shown(came, issue.path)}` }];
}

/** Of the forms that a value may take, the one it has, with something wrong inside it. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
}

/** A token that is too short to be one must not end up in a log all the same. */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (path.at(-1) === 'token' && typeof value === 'string') return `${value.length} characters`;
  return describeValue(value);
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    config,
  );
}

/** The problems with their places in the file, in the order in which they stand there: `warmset.config.ts:7:3: …`. */
export function describeProblems(file: string, source: string, problems: readonly ConfigProblem[]): string[] {
  return problems
    .map(({ path, text }) => ({ text, place: locateKey(source, path) }))
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0))
    .map(({ text, place }) => {
      const at = place === undefined ? '' : `:${place.line}:${place.column}`;
      return `${basename(file)}${at}: ${text}${/[.?]$/.test(text) ? '' : '.'}`;
    });
}
