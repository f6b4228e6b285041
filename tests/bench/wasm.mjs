// Runs core's tests in the browser's Python, under Node: node wasm.mjs RUNTIME PACKAGES ROOT [ARGUMENTS OF PYTEST]

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [runtime, packages, root, ...asked] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(resolve(runtime), "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: resolve(runtime) });
python.unpackArchive(new Uint8Array(readFileSync(join(runtime, "numpy.zip"))), "zip", { extractDir: "/packages/numpy" });
for (const [place, folder] of Object.entries({ "/packages/tests": packages, "/tree": root })) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(folder) }, place);
}
python.globals.set("asked", python.toPy(asked));
process.exitCode = python.runPython(readFileSync(join(root, "tests", "bench", "_in_wasm.py"), "utf8"));
