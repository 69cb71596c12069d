// The same fingerprint as ../digest.py: exact values, how many are null, and the types seen.
import { createHash } from 'node:crypto'

export function fingerprint(values, kind) {
  const digest = createHash('sha256')
  const seen = new Set()
  let nulls = 0
  for (const value of values) {
    if (value === null || value === undefined) {
      nulls += 1
      digest.update('-')
      continue
    }
    seen.add(value instanceof Date ? 'Date' : typeof value)
    const text = Buffer.from(plain(value, kind), 'utf8')
    digest.update(`${text.length}:`)
    digest.update(text)
  }
  return { sha256: digest.digest('hex'), nulls, seen: [...seen].sort() }
}

function plain(value, kind) {
  if (kind === 'string' && typeof value === 'string') return value
  if (kind === 'bool' && typeof value === 'boolean') return String(value)
  if (kind === 'int32' && Number.isInteger(value)) return String(value)
  if (kind === 'int64' && typeof value === 'bigint') return String(value)
  if (kind === 'double' && typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return bytes.toString('hex')
  }
  if (kind === 'date32[day]' && value instanceof Date) return value.toISOString().slice(0, 10)
  throw new TypeError(`${value} (${typeof value}) cannot stand for ${kind}`)
}
