import type { SeededRandom } from "../../core/seeded-random.ts";
import { inWords, ordinalInWords, yearInWords } from "../identifiers/spoken-dates.ts";
import type { IdentifierKind } from "../identifiers/identifier.ts";
import type { PlantedIdentifier } from "../labelled-notes.ts";
import { madeCity, madeCode, madeFirstName, madeLastName, months, states } from "./made-up.ts";

export interface Person {
  readonly first: string;
  readonly last: string;
  readonly isWoman: boolean;
}

/** Formats of a name by what they show. */
const nameFormats = {
  "First Last": ({ first, last }: Person) => `${first} ${last}`,
  "Last, First": ({ first, last }: Person) => `${last}, ${first}`,
  "FIRST LAST": ({ first, last }: Person) => `${first} ${last}`.toUpperCase(),
  "First I. Last": ({ first, last }: Person, initial: string) => `${first} ${initial}. ${last}`,
} as const;

/** Writes a note and remembers where its identifiers are. */
export class NoteWriter {
  text = "";
  readonly identifiers: PlantedIdentifier[] = [];
  readonly random: SeededRandom;
  readonly patient: Person;

  constructor(random: SeededRandom) {
    this.random = random;
    this.patient = this.person();
  }

  person(): Person {
    const { random } = this;
    return { first: madeFirstName(random), last: madeLastName(random), isWoman: random.chance(0.5) };
  }

  /** Words that identify nobody. */
  say(words: string): this {
    this.text += words;
    return this;
  }

  plant(kind: IdentifierKind, format: string, value: string): this {
    const start = this.text.length;
    this.text += value;
    this.identifiers.push({ kind, format, start, end: this.text.length });
    return this;
  }

  one(...choices: readonly string[]): string {
    return this.random.choice(choices);
  }

  fullName(person: Person, formats = Object.keys(nameFormats) as (keyof typeof nameFormats)[]): this {
    const format = this.random.choice(formats);
    return this.plant("name", format, nameFormats[format](person, madeCode(this.random, "@")));
  }

  title(person: Person): this {
    return this.say(person.isWoman ? this.one("Mrs. ", "Ms. ") : "Mr. ").plant(
      "name",
      "Mr. Last",
      person.last,
    );
  }

  doctor(person: Person): this {
    const isFull = this.random.chance(0.5);
    return this.say("Dr. ").plant(
      "name",
      "Dr. Last",
      isFull ? `${person.first} ${person.last}` : person.last,
    );
  }

  date(): this {
    const { random } = this;
    const [day, month, year] = [random.integer(1, 29), random.integer(1, 13), random.integer(1998, 2025)];
    const name = months[month - 1]!;
    const two = (value: number): string => String(value).padStart(2, "0");
    const formats: Record<string, string> = {
      "3/14/2021": `${month}/${day}/${year}`,
      "03/14/21": `${two(month)}/${two(day)}/${two(year % 100)}`,
      "2021-03-14": `${year}-${two(month)}-${two(day)}`,
      "March 14, 2021": `${name} ${day}, ${year}`,
      "14 March 2021": `${day} ${name} ${year}`,
      "Mar 14": `${name.slice(0, 3)} ${day}`,
      "14-Mar-2021": `${two(day)}-${name.slice(0, 3)}-${year}`,
      "March 2021": `${name} ${year}`,
    };
    const format = random.choice(Object.keys(formats));
    return this.plant("date", format, formats[format]!);
  }

  /** After a word such as "on": a month and a day in figures alone. */
  shortDate(): this {
    const { random } = this;
    return this.plant("date", "3/14", `${random.integer(1, 13)}/${random.integer(1, 29)}`);
  }

  /** After "on", as it is said: the month first, or the day. */
  spokenDate(): this {
    const { random } = this;
    const [day, year] = [random.integer(1, 32), random.integer(1990, 2025)];
    const month = random.choice(months);
    const ordinal = ordinalInWords(day);
    const formats: Record<string, string> = {
      "March fourteenth": `${month} ${ordinal}`,
      "March fourteenth two thousand four": `${month} ${ordinal} ${yearInWords(year)}`,
      "March fourteenth, 2004": `${month} ${ordinal}, ${year}`,
      "fourteenth of March": `${ordinal} of ${month}`,
    };
    const format = random.choice(Object.keys(formats));
    return this.plant("date", format, formats[format]!);
  }

  /** After "in", as it is said or in figures. */
  spokenMonth(): this {
    const { random } = this;
    const [month, year] = [random.integer(1, 13), random.integer(1990, 2010)];
    const name = months[month - 1]!;
    const formats: Record<string, string> = {
      "March of two thousand four": `${name} of ${yearInWords(year)}`,
      "March two thousand four": `${name} ${yearInWords(year)}`,
      "in 03/04": `${String(month).padStart(2, "0")}/${String(year).slice(2)}`,
    };
    const format = random.choice(Object.keys(formats));
    return this.plant("date", format, formats[format]!);
  }

  holiday(): this {
    const days = ["Christmas", "Thanksgiving", "Easter", "Labor Day weekend", "New Year's Eve"];
    return this.plant("date", "holiday", this.one(...days));
  }

  /** Words for an age, of 90 and more in a third. */
  spokenAge(): this {
    const years = this.random.chance(0.3) ? this.random.integer(90, 105) : this.random.integer(20, 90);
    if (years < 90) return this.say(inWords(years));
    const words =
      years < 100 ? inWords(years) : `one hundred${years > 100 ? ` and ${inWords(years - 100)}` : ""}`;
    return this.plant("age", "ninety four", words);
  }

  phone(kind: "phone" | "fax" = "phone"): this {
    const format = this.one(
      "(###) ###-####",
      "###-###-####",
      "###.###.####",
      "+1 ### ### ####",
      "1-###-###-####",
    );
    // The exchange 555 is nobody's, the area is one that exists.
    const area = this.one("217", "612", "415", "206", "404");
    const value = madeCode(this.random, format.replace("###", area).replace("###", "555"));
    return this.plant(kind, format, value);
  }

  address(): this {
    const { random } = this;
    const street = this.one("Street", "Ave", "Road", "Drive", "Lane", "Blvd.", "Court");
    const flat = random.chance(0.3) ? `, Apt ${random.integer(1, 40)}${random.choice(["", "B"])}` : "";
    const name = random.chance(0.8) ? madeLastName(random) : `${random.integer(4, 99)}th`;
    return this.plant(
      "place",
      "12 Name Street",
      `${random.integer(1, 9999)} ${name} ${street}${flat}`.replace(/\.$/u, ""),
    );
  }

  cityAndState(hasCode = true): this {
    const state = this.one(...states);
    this.plant("place", "City, State", madeCity(this.random)).say(`, ${state}`);
    if (hasCode) this.say(" ").plant("place", "ZIP", madeCode(this.random, this.one("#####", "#####-####")));
    return this;
  }

  number(kind: IdentifierKind, label: string, ...patterns: readonly string[]): this {
    const pattern = this.one(...patterns);
    return this.say(`${label} `).plant(
      kind,
      `${label.replace(/[:#\s]+$/u, "")} ${pattern}`,
      madeCode(this.random, pattern),
    );
  }

  age(): this {
    const old = this.random.chance(0.15);
    const years = old ? this.random.integer(90, 104) : this.random.integer(1, 90);
    return old ? this.plant("age", "94", String(years)) : this.say(String(years));
  }
}
