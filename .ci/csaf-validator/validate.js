// Validates CSAF 2.0 documents: schema and every mandatory test (6.1) of the standard. Arguments: files or folders.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js'
import * as schema from '@secvisogram/csaf-validator-lib/schemaTests.js'
import { weaknesses } from '@secvisogram/csaf-validator-lib/cwe.js'

// 6.1.1 to 6.1.33, with the eleven parts of 6.1.27.
const MANDATORY = 43

const found = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).sort().flatMap((name) => found(join(path, name)))
    : path.endsWith('.json') ? [path] : []

const tests = [schema.csaf_2_0_strict, ...Object.values(mandatory)]
if (tests.some((test) => typeof test !== 'function') || tests.length !== MANDATORY + 1) {
  console.error(`expected ${MANDATORY + 1} tests in the validator, found ${tests.length}`)
  process.exit(2)
}

// The validator must see faults; a document without its product tree, say, breaks 6.1.27.4.
const must = async (document, valid, what) => {
  if ((await validate(tests, document)).isValid !== valid) {
    console.error(`the validator does not work: ${what}`)
    process.exit(2)
  }
}

const files = process.argv.slice(2).flatMap(found)
if (files.length === 0) {
  console.error('no document to validate')
  process.exit(2)
}
await must({}, false, 'an empty document passes')
const names = new Map(weaknesses.map(({ id, name }) => [id, name]))
let bad = 0
let broken = 0
for (const file of files) {
  const document = JSON.parse(readFileSync(file, 'utf8'))
  const result = await validate(tests, document)
  for (const test of result.tests.filter((test) => !test.isValid)) {
    for (const error of test.errors) console.error(`${file}: ${test.name} ${error.instancePath}: ${error.message}`)
    if (test.errors.length === 0) console.error(`${file}: ${test.name}`)
  }
  for (const { cwe } of document.vulnerabilities ?? []) {
    if (cwe && names.get(cwe.id) !== cwe.name) {
      console.error(`${file}: ${cwe.id} is not called so in the CWE list`)
      result.isValid = false
    }
  }
  bad += result.isValid ? 0 : 1
  delete document.product_tree
  broken += (await validate(tests, document)).isValid ? 0 : 1
}
if (broken !== files.length) {
  console.error('the validator does not work: documents without a product tree pass')
  process.exit(2)
}
console.log(`${files.length} documents, ${tests.length} tests each: ${bad} invalid`)
process.exit(bad === 0 ? 0 : 1)
