/** A portable model that answers what it is asked: the way to a host and back, without a runtime. */
export function echoDefinition() {
  return {
    ...echoModel(),
    portable: { module: import.meta.url, export: 'echoModel', options: undefined },
  };
}

/**
 * What the host calls.
 * @public
 */
export function echoModel() {
  return { load: () => ({}), run: (_model, input) => input, estimateBytes: 1_000 };
}
