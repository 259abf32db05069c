export function nodeBinary(version: string): Promise<string>;
