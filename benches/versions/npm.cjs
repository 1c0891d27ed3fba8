// Version comparisons a second with node-semver; see run.py for what is read and printed.
const { readFileSync } = require('node:fs')
const semver = require('semver')

const [, , file, milliseconds] = process.argv
const pairs = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => line.split('\t'))
const spent = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e6 }
const compare = ([a, b]) => { try { return semver.compare(a, b, true) } catch { return 2 } }

let best = 0
for (let round = 0; round < 5; round++) {
  const start = spent()
  let done = 0
  let elapsed = 0
  while (elapsed < milliseconds / 1e3 / 5) {
    for (let again = 0; again <= 10_000 / pairs.length; again++) {
      for (const pair of pairs) compare(pair)
      done += pairs.length
    }
    elapsed = spent() - start
  }
  best = Math.max(best, done / elapsed)
}
console.log(best.toFixed(0))
for (const pair of pairs) console.log('<=>!'[compare(pair) + 1])
