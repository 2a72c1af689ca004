import { isBuiltin } from "node:module";
import path from "node:path";
import type {
  CompilerHost,
  CompilerOptions,
  LanguageService,
  LanguageServiceHost,
  ModuleResolutionCache,
  Program,
  ResolvedModuleWithFailedLookupLocations,
  SourceFile,
} from "typescript6";
import { KERNEL_TYPES, kernelGlobals } from "./kernel-globals.ts";
import type { DeclarationPaths } from "./project-declarations.ts";
import { ts } from "./typescript.ts";
import { VirtualFiles } from "./virtual-files.ts";

export interface NotebookProgramOptions {
  /** The notebook's folder. */
  readonly directory: string;
  readonly projectRoot: string;
  readonly declarations: DeclarationPaths;
}

/**
 * The program that the language service sees: one cell at a time as a module, with declarations of those
 * earlier cells that it uses.
 */
export class NotebookProgram {
  readonly service: LanguageService;
  /** Where the cell at hand stands. */
  readonly cellPath: string;
  readonly #files = new VirtualFiles();
  readonly #options: NotebookProgramOptions;
  readonly #compilerOptions: CompilerOptions;
  readonly #packages: ModuleResolutionCache;

  constructor(options: NotebookProgramOptions) {
    this.#options = options;
    const { directory, projectRoot } = options;
    this.cellPath = path.join(directory, "<cell>.ts");
    const globalsPath = path.join(directory, "<kernel>.d.ts");
    this.#files.set(this.cellPath, "export {};");
    this.#files.set(globalsPath, kernelGlobals);
    this.#compilerOptions = {
      target: ts.ScriptTarget.ESNext,
      lib: ["lib.esnext.d.ts"],
      module: ts.ModuleKind.Preserve,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      customConditions: ["node"],
      types: ["node"],
      typeRoots: [path.join(projectRoot, "node_modules", "@types")],
      strict: true,
      skipLibCheck: true,
      declaration: true,
      allowJs: true,
      allowImportingTsExtensions: true,
      allowUnreachableCode: true,
      allowUnusedLabels: true,
      experimentalDecorators: true,
    };
    // Documentation is read from the text when it is asked for.
    const jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
    const files = this.#files;
    const host: LanguageServiceHost & Pick<CompilerHost, "getModuleResolutionCache"> = {
      jsDocParsingMode,
      getCompilationSettings: () => this.#compilerOptions,
      getScriptFileNames: () => [globalsPath, this.cellPath],
      getScriptVersion: (filePath) => files.version(filePath),
      getScriptSnapshot: (filePath) => files.snapshot(filePath),
      getCurrentDirectory: () => directory,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (filePath) => files.has(filePath) || ts.sys.fileExists(filePath),
      readFile: (filePath) => files.read(filePath),
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath && { realpath: ts.sys.realpath }),
      // Else each program parses the package.json of every file anew.
      getModuleResolutionCache: () => this.#packages,
      resolveModuleNameLiterals: (literals, containingFile) =>
        literals.map(({ text }) => this.#resolve(text, containingFile)),
    };
    this.#packages = ts.createModuleResolutionCache(directory, (name) => name, this.#compilerOptions);
    const registry = ts.createDocumentRegistry(true, directory, jsDocParsingMode);
    this.service = ts.createLanguageService(host, registry);
  }

  /** Take a text for the cell at hand. */
  setCell(text: string): void {
    this.#files.set(this.cellPath, text);
  }

  /** Take a source for the file `./name` of the notebook's folder. */
  setModule(name: string, source: string): void {
    this.#files.set(path.join(this.#options.directory, `${name}.ts`), source);
  }

  /** The specifier by which cells import the declarations of an earlier one. */
  moduleOf(cell: number): string {
    return `./<cell-${cell}>`;
  }

  setDeclarations(cell: number, text: string): void {
    this.#files.set(this.#declarationPath(cell), text);
  }

  /** What an earlier cell declares. */
  declarations(cell: number): string {
    return this.#files.text(this.#declarationPath(cell)) ?? "";
  }

  #declarationPath(cell: number): string {
    return path.join(this.#options.directory, `<cell-${cell}>.d.ts`);
  }

  /** The declarations that the cell at hand exports, with its comments. */
  emitDeclarations(): string {
    const { outputFiles } = this.service.getEmitOutput(this.cellPath, true, true);
    return outputFiles.find(({ name }) => name.endsWith(".d.ts"))?.text ?? "export {};";
  }

  get program(): Program {
    const program = this.service.getProgram();
    if (program === undefined) throw new Error("the language service has no program");
    return program;
  }

  get cellFile(): SourceFile {
    const file = this.program.getSourceFile(this.cellPath);
    if (file === undefined) throw new Error("the cell is not in the program");
    return file;
  }

  #resolve(specifier: string, containingFile: string): ResolvedModuleWithFailedLookupLocations {
    const { directory, projectRoot, declarations } = this.#options;
    if (specifier.startsWith("./<cell-")) {
      return resolved(path.join(directory, `${specifier.slice(2)}.d.ts`), ts.Extension.Dts);
    }
    if (specifier === "rounds" || specifier === "tslab" || specifier === KERNEL_TYPES) {
      const file = declarations[specifier === KERNEL_TYPES ? "kernel" : specifier];
      return resolved(file, file.endsWith(".d.ts") ? ts.Extension.Dts : ts.Extension.Ts);
    }
    const isDeclaration = containingFile.startsWith(path.join(projectRoot, ".rounds", "types"));
    // The database's own types are of no use in a notebook that does not import them itself.
    if (isDeclaration && specifier.startsWith("@duckdb/")) return { resolvedModule: undefined };
    if (isBuiltin(specifier)) {
      const nodeModule = specifier.replace(/^node:/, "");
      const file = path.join(projectRoot, "node_modules", "@types", "node", `${nodeModule}.d.ts`);
      return ts.sys.fileExists(file) ? resolved(file, ts.Extension.Dts) : { resolvedModule: undefined };
    }
    for (const from of [containingFile, path.join(projectRoot, "package.ts")]) {
      const found = ts.resolveModuleName(specifier, from, this.#compilerOptions, this.#resolutionHost);
      if (found.resolvedModule !== undefined) return found;
    }
    return { resolvedModule: undefined };
  }

  readonly #resolutionHost = {
    fileExists: (filePath: string) => this.#files.has(filePath) || ts.sys.fileExists(filePath),
    readFile: (filePath: string) => this.#files.read(filePath),
    directoryExists: ts.sys.directoryExists,
    ...(ts.sys.realpath && { realpath: ts.sys.realpath }),
  };
}

function resolved(resolvedFileName: string, extension: string): ResolvedModuleWithFailedLookupLocations {
  return { resolvedModule: { resolvedFileName, extension, isExternalLibraryImport: false } };
}
