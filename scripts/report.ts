// What a run of `bun test` reports of each test, read from the JUnit file that it writes.

import { XMLParser } from "fast-xml-parser";
import { Type } from "typebox";
import { Value } from "typebox/value";

const TestCase = Type.Object({
  name: Type.String(),
  classname: Type.String(),
  file: Type.String(),
  failure: Type.Optional(
    Type.Object({ type: Type.String(), message: Type.Optional(Type.String()), "#text": Type.Optional(Type.String()) }),
  ),
  skipped: Type.Optional(Type.Unknown()),
});
type TestCase = Type.Static<typeof TestCase>;

/** A test that failed: where it is, and its error with the lines that led there. */
export interface FailedTest {
  name: string;
  file: string;
  error: string;
}

export interface Report {
  passed: number;
  failed: FailedTest[];
}

/** Reads a report's XML. @throws where it isn't one of `bun test`. */
export function readReport(xml: string): Report {
  const parser = new XMLParser({
    ...{ ignoreAttributes: false, attributeNamePrefix: "", htmlEntities: true, parseTagValue: false },
    isArray: (name) => name === "testcase",
  });
  const report: Report = { passed: 0, failed: [] };
  for (const test of testCases(parser.parse(xml))) {
    if (test.failure !== undefined) report.failed.push(failedTest(test, test.failure));
    else if (test.skipped === undefined) report.passed++;
  }
  return report;
}

/** Suites are within suites, a file's within that of the run. */
function* testCases(part: unknown): Generator<TestCase> {
  if (typeof part !== "object" || part === null) return;
  for (const [name, value] of Object.entries(part)) {
    if (name === "testcase") yield* Value.Parse(Type.Array(TestCase), value);
    else yield* testCases(value);
  }
}

function failedTest({ classname, name, file }: TestCase, failure: NonNullable<TestCase["failure"]>): FailedTest {
  // Bun names what a test is in from the inside out.
  const within = classname.split(" > ").reverse();
  const error = failure["#text"] ?? `${failure.type}: ${failure.message ?? ""}`;
  return { name: [...within, name].filter((part) => part !== "").join(" > "), file, error: error.trim() };
}
