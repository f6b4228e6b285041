// Packs every file of a folder into another one, as small as Brotli makes it: node pack.mjs FOLDER OUT.

import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const [folder, out] = process.argv.slice(2);
const pack = promisify(brotliCompress);

await Promise.all(
  readdirSync(folder).map(async (name) => {
    const data = readFileSync(join(folder, name));
    const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
    const place = join(out, `${name}.br`);
    writeFileSync(`${place}.part`, await pack(data, { params })); // at the best quality, which is the default
    renameSync(`${place}.part`, place); // whole or not at all
  }),
);
