/** Reads the contract files of the registry as data: what the pages say of states, codes and events comes from there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import ts from 'typescript';
import { root } from '../lib/run.mjs';

const SOURCES = join(root, 'packages/registry/src');

/** Imports a source file as it is, not a build that may be stale. */
export function importSource(file) {
  return tsImport(pathToFileURL(join(SOURCES, file)).href, import.meta.url);
}

/**
 * The members of a union of string literals, each with its docstring.
 *
 * @returns {{ name: string, doc: string }[]}
 */
export function unionMembers(file, typeName) {
  const { source, statement } = declaration(file, typeName);
  if (!ts.isTypeAliasDeclaration(statement) || !ts.isUnionTypeNode(statement.type)) {
    throw new Error(`${file}: ${typeName} is not a union`);
  }
  const members = statement.type.types;
  const docs = docsOf(source, statement.type, members);
  return members.map((member, index) => ({ name: member.literal.text, doc: docs[index] }));
}

/** The members of a union of string literals, without their docstrings. */
export function unionNames(file, typeName) {
  const { statement } = declaration(file, typeName);
  return statement.type.types.map((member) => member.literal.text);
}

/**
 * The members of an interface, each with its docstring and its type as written.
 *
 * @returns {{ name: string, doc: string, type: string }[]}
 */
export function interfaceMembers(file, typeName) {
  const { source, statement } = declaration(file, typeName);
  if (!ts.isInterfaceDeclaration(statement)) throw new Error(`${file}: ${typeName} is not an interface`);
  const docs = docsOf(source, { pos: statement.name.end }, statement.members);
  return statement.members.map((member, index) => ({
    name: member.name.getText(source),
    doc: docs[index],
    type: member.type.getText(source),
  }));
}

function declaration(file, typeName) {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(SOURCES, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const statement = source.statements.find((candidate) => candidate.name?.text === typeName);
  if (statement === undefined) throw new Error(`${file} declares no ${typeName}`);
  return { source, statement };
}

/** The docstring right before each node; throws where there is none, since a page would have a hole there. */
function docsOf(source, owner, nodes) {
  let from = owner.pos;
  return nodes.map((node) => {
    const between = source.text.slice(from, node.getStart(source));
    from = node.end;
    const doc = between.match(/\/\*\*([\s\S]*?)\*\//)?.[1];
    if (doc === undefined) throw new Error(`${source.fileName}: ${node.getText(source)} has no docstring`);
    const lines = doc.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim());
    return lines.join(' ').trim();
  });
}
