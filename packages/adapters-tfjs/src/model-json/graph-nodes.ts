import { describeValue } from '@warmset/registry/adapter';

/** A node of a graph, as far as is read here. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, { readonly type?: string | number }>>;
}

/**
 * Checks what TensorFlow.js takes for granted: "Cannot read properties of undefined" is all it says otherwise.
 *
 * @throws Error that names the node
 */
export function checkNodes(nodes: unknown): asserts nodes is GraphNode[] {
  if (!Array.isArray(nodes)) throw new Error('its "modelTopology.node" is not a list of nodes');
  const names = new Set<unknown>(nodes.map((node: { name?: unknown } | null) => node?.name));
  for (const node of nodes as ({ name?: unknown; op?: unknown; input?: unknown } | null)[]) {
    const { name, op, input } = node ?? {};
    if (typeof name !== 'string' || typeof op !== 'string')
      throw new Error('a node of its graph has no "name" or no "op"');
    if (input === undefined) continue;
    if (!Array.isArray(input)) throw new Error(`the "input" of node ${describeValue(name)} is not a list`);
    // `^name` is a control input, `name:1` the second output.
    const missing = input.find(
      (from: unknown) => !names.has(String(from).replace(/^\^/, '').replace(/:.*$/, '')),
    );
    if (missing !== undefined) {
      throw new Error(
        `node ${describeValue(name)} of its graph has an input ${describeValue(missing)}, which is no node`,
      );
    }
  }
}
