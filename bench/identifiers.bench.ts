/**
 * Identifiers in clinical text: speed on one core, and recall and precision by kind, against openredaction.
 *
 * Two texts, both made up: `dense` are labelled notes with an identifier every 50 bytes, letters' heads and registration
 * forms on end, which is the worst that can come; `prose` are such notes with findings between, an identifier every
 * 200 bytes, as discharge summaries have them. A third, where the data is there: real visits' dialogues and notes.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OpenRedaction } from "@openredaction/core";
import { findIdentifiers } from "../lib/care/identifiers/find-identifiers.ts";
import type { Identifier, IdentifierKind } from "../lib/care/identifiers/identifier.ts";
import { generateLabelledNotes } from "../lib/care/labelled-notes.ts";
import { rateIdentifiers, type IdentifierRate } from "../lib/care/rate-identifiers.ts";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { projectRoot } from "../setup/paths.mjs";
import { interleave, median, pairedRatio, summary, type Measurement } from "./harness.ts";

const rounds = 7;
/** 20 MB/s. */
const millisecondsPerMegabyte = 50;
/** The peer takes seconds for what we do in milliseconds: it gets fewer notes. */
const peerNotes = 96;
const bytesBetweenIdentifiers = 200;

type Find = (text: string) => Promise<unknown> | unknown;

async function processorMilliseconds(find: Find, texts: readonly string[]): Promise<number> {
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  const before = process.cpuUsage();
  for (const text of texts) await find(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3 / megabytes;
}

/** The notes, each followed by as many sentences without identifiers as the density asks. */
function proseOf(notes: ReturnType<typeof generateLabelledNotes>): string[] {
  const random = new SeededRandom("prose");
  const plain = notes
    .slice(0, 200)
    .flatMap(({ text, identifiers }) =>
      [...text.matchAll(/[A-Z][^.\n]+\. /gu)]
        .filter(({ index, 0: sentence }) =>
          identifiers.every(({ start, end }) => end <= index || index + sentence.length <= start),
        )
        .map(([sentence]) => sentence),
    );
  return notes.map(({ text, identifiers }) => {
    let prose = text;
    while (prose.length < identifiers.length * bytesBetweenIdentifiers) prose += random.choice(plain);
    return prose;
  });
}

/** Dialogues and notes of visits (MTS-Dialog), where the mirror of data sets holds them. */
function realTexts(): string[] {
  const mirror = process.env["ROUNDS_DATA_MIRROR"] ?? join(projectRoot, "..", "shared", "data");
  const path = join(mirror, "instruct", "MTS-Dialog-TrainingSet.csv");
  return existsSync(path) ? readFileSync(path, "utf8").match(/[^]{1,3000}/gu)! : [];
}

/** With all its patterns the peer finds more, with those of HIPAA it is faster: each figure is taken where it is better. */
const peer = { rated: new OpenRedaction(), timed: new OpenRedaction({ preset: "hipaa" }) };

/** What the peer's types are of ours; all else is counted as another number. It leaves addresses at example.org and example.com out. */
const kindOfType: readonly (readonly [pattern: RegExp, kind: IdentifierKind])[] = [
  [/NAME/u, "name"],
  [/DATE|DOB/u, "date"],
  [/ADDRESS|ZIP|POSTCODE|CITY/u, "place"],
  [/FAX/u, "fax"],
  [/PHONE/u, "phone"],
  [/EMAIL/u, "email"],
  [/SSN/u, "social-security"],
  [/MRN|MEDICAL_RECORD/u, "medical-record"],
  [/INSURANCE|MEDICARE|HEALTH_PLAN/u, "health-plan"],
  [/ACCOUNT|CARD|IBAN/u, "account"],
  [/LICEN|NPI|DEA/u, "licence"],
  [/VIN|VEHICLE|PLATE/u, "vehicle"],
  [/DEVICE|SERIAL/u, "device"],
  [/URL/u, "url"],
  [/^IP/u, "ip-address"],
  [/BIOMETRIC/u, "biometric"],
];

async function peerFinds(text: string): Promise<Identifier[]> {
  const { detections } = await peer.rated.detect(text);
  return detections.map(({ type, position: [start, end] }) => ({
    kind: kindOfType.find(([pattern]) => pattern.test(type))?.[1] ?? "other-number",
    start,
    end,
  }));
}

function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(1)} %`;
}

export default async function identifiersBenchmark(): Promise<Measurement[]> {
  const notes = generateLabelledNotes({ count: 4000, seed: "bench" });
  const texts = { dense: notes.map(({ text }) => text), prose: proseOf(notes), real: realTexts() };
  const few = texts.dense.slice(0, peerNotes);
  for (const all of Object.values(texts)) for (const text of all) findIdentifiers(text);
  const samples = await interleave(rounds, {
    dense: () => processorMilliseconds(findIdentifiers, texts.dense),
    prose: () => processorMilliseconds(findIdentifiers, texts.prose),
    real: async () => (texts.real.length === 0 ? 0 : processorMilliseconds(findIdentifiers, texts.real)),
    peer: () => processorMilliseconds((text) => peer.timed.detect(text), few),
  });
  const speed = (name: "dense" | "prose" | "real", what: string): Measurement => ({
    what: `CPU time a megabyte, ${what}`,
    value: median(samples[name]),
    unit: "ms",
    atMost: millisecondsPerMegabyte,
    detail: `${(1000 / median(samples[name])).toFixed(1)} MB/s; ${summary(samples[name], "ms/MB")}`,
  });
  const found = new Map<string, Identifier[]>();
  for (const text of few) found.set(text, await peerFinds(text));
  const ours = rateIdentifiers(notes).rates;
  const theirs = new Map(
    rateIdentifiers(notes.slice(0, peerNotes), (text) => found.get(text)!).rates.map((rate) => [
      rate.kind,
      rate,
    ]),
  );
  const byKind = (key: "recall" | "precision"): string =>
    ours
      .map((rate) => `${rate.kind} ${percent(rate[key])} (peer ${percent(theirs.get(rate.kind)![key])})`)
      .join(", ");
  const worst = (key: "recall" | "precision"): number =>
    1 - Math.min(...ours.map((rate: IdentifierRate) => rate[key] ?? 1));
  return [
    speed("prose", `prose with an identifier every ${bytesBetweenIdentifiers} bytes`),
    speed("dense", "notes with an identifier every 50 bytes"),
    ...(texts.real.length === 0 ? [] : [speed("real", "real dialogues and notes of visits")]),
    {
      what: "CPU time a megabyte of dense notes / openredaction's",
      value: pairedRatio(samples.dense, samples.peer),
      unit: "ratio",
      atMost: 0.05,
      detail: `${summary(samples.dense, "ms/MB")} against ${summary(samples.peer, "ms/MB")}`,
    },
    {
      what: "missed, of the kind that is found worst",
      value: worst("recall"),
      unit: "ratio",
      atMost: 0.02,
      detail: `recall on 4,000 notes, the peer's on ${peerNotes} of them: ${byKind("recall")}`,
    },
    {
      what: "found in vain, of the kind that is found worst",
      value: worst("precision"),
      unit: "ratio",
      atMost: 0.05,
      detail: `precision: ${byKind("precision")}`,
    },
  ];
}
