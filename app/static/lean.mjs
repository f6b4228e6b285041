// Has the runtime itself, under Node, compile what a worker runs and leave out what it never imports (lean.py):
// node lean.mjs RUNTIME OUT, where RUNTIME has Pyodide's files, the wheel of NumPy as numpy.zip, sources.zip and lean.py.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [runtime, out] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(join(runtime, "pyodide.mjs")).href);
const env = { HOME: "/home/pyodide", PYTHONHASHSEED: "0" }; // the same bytes each time
const python = await loadPyodide({ indexURL: runtime, env, stdout: () => {} });
const read = (name) => new Uint8Array(readFileSync(join(runtime, name)));
python.unpackArchive(read("numpy.zip"), "wheel");
python.unpackArchive(read("sources.zip"), "zip");
for (const name of ["numpy.zip", "sources.zip", "python_stdlib.zip"]) python.FS.writeFile(`/tmp/${name}`, read(name));
const made = python.runPython(`${readFileSync(join(runtime, "lean.py"), "utf8")}\nmade()`);
for (const [name, data] of made.toJs()) writeFileSync(join(out, name), data);
