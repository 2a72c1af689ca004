export declare function requirementsOf(name: string, parameters: readonly string[]): string[];
