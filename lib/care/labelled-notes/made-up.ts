import type { SeededRandom } from "../../core/seeded-random.ts";

/** Names of many origins; some are words, some bear diseases. */
const firstNames = (
  "Maria James Aisha Wei Olga Priya Mohammed Chidi Grace Mark Hope Will Rose Frank Elena Tomasz Yuki Fatima Diego Ingrid Kwame Siobhan " +
  "Nkechi Rahul Mei Ahmed Lucia Pavel Thanh Leticia Bjorn Zainab Hiroshi Amara Dmitri Guadalupe Tyrone Keisha Vijay Noor Margaret Robert " +
  "Patricia Linda Charles Dorothy Harold Eugene Mildred Ethel Gladys Walter Bernice Clarence Stanley Irene Carlos Jose Ana Sofia"
).split(" ");
const lastNames = (
  "Okafor Garcia Nguyen Patel Kowalski Ramirez Smith Chen Hernandez Yilmaz Johansson O'Brien McAllister Baker Brown King Young Wilson Bell " +
  "Addison Murphy Fernandez-Lopez Ivanova Nakamura Mbeki Haddad Rossi Schmidt Dubois Papadopoulos Kim Park Singh Kaur Abdullah Mensah Owusu " +
  "Lindqvist Hughes Price Hunter Fowler Whitfield Castellanos Thibodeaux Vang Begay Kealoha Washington Jefferson Moreau Novak Horvat Silva"
).split(" ");
/** Names that lists hold and that are no words: in small letters no other can be told from the words around it. */
const dictatedFirstNames =
  "maria james aisha olga priya fatima diego elena margaret robert patricia carlos".split(" ");
const dictatedLastNames =
  "garcia patel ramirez hernandez nguyen schmidt kowalski murphy washington hughes".split(" ");

/** A first and a last name as dictation writes them. */
export function dictatedName(random: SeededRandom): { first: string; last: string } {
  return { first: random.choice(dictatedFirstNames), last: random.choice(dictatedLastNames) };
}

const onsets = "B Br Ch D Dr F G Gr H J K Kl L M N P Pr R S Sh St T Tr V W Y Z".split(" ");
const middles = "a e i o u ae ai ea ie oa ou".split(" ");
const ends = "b ck d ff g l ll m n nd ng nn r rk rn s sh st t th v x z".split(" ");
const lasts = "a an ar el en ey i ia in is o on or son ski ton ula us".split(" ");

function syllables(random: SeededRandom): string {
  const middle = random.chance(0.4)
    ? random.choice(ends) + random.choice(middles) + random.choice(ends)
    : random.choice(ends);
  return random.choice(onsets) + random.choice(middles) + middle + random.choice(lasts);
}

export function madeFirstName(random: SeededRandom): string {
  return random.chance(0.5) ? syllables(random) : random.choice(firstNames);
}

export function madeLastName(random: SeededRandom): string {
  return random.chance(0.5) ? syllables(random) : random.choice(lastNames);
}

export function madeCity(random: SeededRandom): string {
  const base = syllables(random);
  return random.choice([
    base,
    `${base}ville`,
    `Port ${base}`,
    `${base} Falls`,
    `East ${base}`,
    "Springfield",
    "Duluth",
    "San Mateo",
  ]);
}

export const states = [
  "IL",
  "Ohio",
  "NY",
  "Texas",
  "MN",
  "California",
  "WA",
  "Vermont",
  "PA",
  "Maryland",
  "GA",
];

export const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Digits, or what a pattern asks: # is a digit, @ a capital letter. */
export function madeCode(random: SeededRandom, pattern: string): string {
  return pattern.replaceAll(/[#@]/gu, (mark) =>
    mark === "#" ? String(random.integer(0, 10)) : random.choice([..."ABCDEFGHJKLMNPRSTUVWXYZ"]),
  );
}
