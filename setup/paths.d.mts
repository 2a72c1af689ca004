export declare const projectRoot: string;
export declare const projectNode: string;
export declare const nodeModules: string;
export declare const venv: string;
export declare const venvPython: string;
export declare const stateDirectory: string;
export declare const milvusClient: string;
