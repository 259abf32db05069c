/** Where the registry learns about memory; all figures in bytes. */
export interface MemoryProbe {
  /** The resident set of this process. */
  rssBytes(): number;
  /** What the process may use at most: the container's limit, or the machine's memory. */
  limitBytes(): number;
  /** What is left of that now, file cache that can be dropped included. */
  availableBytes(): number;
}
