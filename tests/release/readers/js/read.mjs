// Read a release with hyparquet, plain JavaScript, and print the fingerprint of every column.
//   node read.mjs FOLDER
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { fingerprint } from './digest.mjs'

const folder = process.argv[2]
const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
const found = {}
for (const [name, entry] of Object.entries(manifest.files)) {
  const file = await asyncBufferFromFile(join(folder, name))
  const rows = await parquetReadObjects({ file })
  found[name] = {}
  for (const [column, kind] of Object.entries(entry.schema)) {
    found[name][column] = fingerprint(rows.map((row) => row[column]), kind)
  }
}
console.log(JSON.stringify(found))
