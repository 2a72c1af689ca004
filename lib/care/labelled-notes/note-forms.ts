import { dictatedName, madeCode, madeFirstName } from "./made-up.ts";
import { ordinalInWords } from "../identifiers/spoken-dates.ts";
import type { NoteWriter, Person } from "./note-writer.ts";

export type NoteForm =
  | "discharge summary"
  | "clinic visit"
  | "letter"
  | "laboratory report"
  | "nursing note"
  | "message"
  | "registration"
  | "device clinic"
  | "conversation"
  | "dictation";

/** Findings without anybody in them; each tempts a rule. */
const findings = [
  "BP 142/88, HR 76, RR 18, SpO2 98% on 2L. Pain 7/10, strength 5/5 throughout, reflexes 2+.",
  "History of Parkinson's disease and Crohn disease; no Hodgkin lymphoma. Murphy's sign negative.",
  "Foley catheter placed. Glasgow Coma Scale 15. Apgar 8 and 9. Babinski sign absent.",
  "Started on lisinopril 10 mg daily, metformin 500 mg BID and Tylenol 650 mg every 6 hours.",
  "Hemoglobin 10.2, WBC 7.4, platelets 212, creatinine 1.1, INR 2.3, troponin 0.04, HbA1c 7.9%.",
  "Chest X-ray: no acute process. CT Head: old lacunar infarct. EKG: normal sinus rhythm at 82.",
  "Diagnosis codes I10, E11.9, J44.1; CPT 99214. EGFR mutation, HER2 negative, BRCA1 not tested.",
  "Smokes 1/2 pack a day for 20 years; quit in 2009. Drinks 2-3 beers on weekends.",
  "Visual acuity 20/40 in the right eye and 20/20 in the left. Ejection fraction 55-60%.",
  "Wells score 1.5, CHADS2 of 3, MELD 14, NYHA class II. Stage III-A by the Seventh Edition.",
  "Trendelenburg position. Lachman test positive, McMurray test equivocal, Tinel sign over the wrist.",
  "Guillain-Barre syndrome was considered. Lyme and Epstein-Barr virus titers 1:64 and 1:320.",
  "Diet: low sodium, 1800 calories. Activity as tolerated. Follow up in 2 weeks; return to the ED if worse.",
  "Family History: mother with stroke at 62, father with prostate cancer. Social History: retired teacher.",
  "Dose 1.5 g IV over 30 minutes at 100 ml/hr. Total volume 1250 ml, urine output 40 ml/hr.",
  "Per the 2017 ACC guideline (version 3.1.2), the target is below 130/80 mm Hg.",
  "Incision 12 cm, healing by 50-75%. Mass 2.3 x 1.1 x 0.9 cm in segment 4A; L4-L5 and C5-6 discs.",
  "Patient may shower. Will continue Heart Failure protocol. Discussed with Cardiology and Physical Therapy.",
];

function finding(note: NoteWriter): NoteWriter {
  return note.say(note.one(...findings));
}

function pronoun({ isWoman }: Person): string {
  return isWoman ? "She" : "He";
}

/** Writes a note of each form into a writer. */
export const noteForms: Readonly<Record<NoteForm, (note: NoteWriter) => void>> = {
  "discharge summary"(note) {
    const doctor = note.person();
    const { patient } = note;
    note
      .say("DISCHARGE SUMMARY\n\nPatient Name: ")
      .fullName(patient, ["Last, First", "First Last", "First I. Last"]);
    note
      .say("\n")
      .number("medical-record", "MRN:", "########", "#######", "@######")
      .say("\nDate of Birth: ")
      .date();
    note
      .say("\nAdmission Date: ")
      .date()
      .say("\nDischarge Date: ")
      .date()
      .say("\nAttending: ")
      .doctor(doctor);
    note.say("\n\nHISTORY OF PRESENT ILLNESS\n").title(patient).say(" is a ").age();
    note.say("-year-old who presented with chest pain. ");
    finding(note).say("\n\nHOSPITAL COURSE\n");
    finding(note)
      .say(" On ")
      .shortDate()
      .say(` ${pronoun(patient).toLowerCase()} was taken for catheterization. `);
    finding(note)
      .say(" ")
      .title(patient)
      .say(" was discharged to ")
      .plant(
        "place",
        "institution",
        `${madeFirstName(note.random)} ${note.one("Nursing Home", "Rehabilitation Center")}`,
      );
    note
      .say(" in good condition. Accompanied by ")
      .say(note.one("her daughter ", "his son ", "the patient's sister "))
      .plant("name", "kin First", note.person().first);
    note
      .say(".\n\nElectronically signed by: ")
      .fullName(doctor, ["First Last"])
      .say(", MD on ")
      .date()
      .say("\n");
  },
  "clinic visit"(note) {
    const { patient } = note;
    const referrer = note.person();
    note.say("Clinic Note\n").fullName(patient, ["First Last", "First I. Last"]).say(" is a ").age();
    note.say(" year old who returns for follow up. Referred by ").doctor(referrer).say(". ");
    finding(note).say("\nLast visit was ").say(note.one("on ", "")).date().say(". ");
    note
      .say(`${pronoun(patient)} lives in `)
      .plant("place", "lives in City", note.one("Brenholt", "Vastorp", "Kelminster", "Ashgrove", "Decatur"));
    note
      .say(" with ")
      .say(patient.isWoman ? "her husband " : "his wife ")
      .plant("name", "kin First", note.person().first)
      .say(". ");
    finding(note)
      .say("\n")
      .plant("name", "Last", patient.last)
      .say(" was counselled on diet. Symptoms began in ");
    note.date().say(". Call ").phone().say(" with questions.\n");
    finding(note).say("\n");
  },
  letter(note) {
    const { patient } = note;
    const [sender, receiver] = [note.person(), note.person()];
    note
      .date()
      .say("\n\n")
      .say("Dear ")
      .doctor(receiver)
      .say(",\n\nRe: ")
      .fullName(patient, ["First Last", "Last, First"]);
    note
      .say(", DOB ")
      .date()
      .say("\n")
      .address()
      .say("\n")
      .cityAndState()
      .say("\n\nThank you for referring ")
      .title(patient);
    note.say(". ");
    finding(note)
      .say(" I saw ")
      .say(patient.isWoman ? "her" : "him")
      .say(" on ")
      .date()
      .say(". ");
    finding(note).say("\n\nSincerely,\n").fullName(sender, ["First Last", "First I. Last"]).say(", MD\n");
    note
      .say("Tel: ")
      .phone()
      .say("  Fax: ")
      .phone("fax")
      .say("\n")
      .plant(
        "email",
        "name@host",
        `${sender.last.toLowerCase().replaceAll(/[^a-z]/gu, "")}@${note.one("clinic.example.org", "example.com", "hospital.example.net")}`,
      )
      .say("\n");
  },
  "laboratory report"(note) {
    const { patient } = note;
    note.say("LABORATORY REPORT\n").say("NAME: ").fullName(patient, ["FIRST LAST", "Last, First"]);
    note.say("\tSEX: F\t").number("medical-record", "Medical Record No.", "##-##-##", "######").say("\n");
    note
      .number("medical-record", "Accession #", "@##-#####", "##########")
      .say("\tCollected: ")
      .date()
      .say(` ${note.random.integer(0, 24)}:15\n`);
    note
      .number("account", "Account Number:", "##########", "@@#######")
      .say("\tOrdering Physician: ")
      .fullName(note.person(), ["First Last", "Last, First"]);
    note.say(
      "\n\nTest\tResult\tReference\nSodium\t139\t136-145 mmol/L\nPotassium\t4.1\t3.5-5.1 mmol/L\nGlucose\t104\t70-99 mg/dL\n",
    );
    finding(note)
      .say("\nVerified by ")
      .fullName(note.person(), ["First Last"])
      .say(", PhD. ")
      .say("Reported ")
      .date()
      .say(".\n");
  },
  "nursing note"(note) {
    const { patient } = note;
    const nurse = note.person();
    note.say("0715: pt awake, alert. ").title(patient).say(" states pain 4/10. ");
    finding(note)
      .say(" Family at bedside: ")
      .plant("name", "First Last", `${note.person().first} ${patient.last}`)
      .say(" (daughter), phone ")
      .phone();
    note.say(". 0930: Dr. ").plant("name", "Dr. Last", note.person().last).say(" at bedside. ");
    finding(note)
      .say(" Transferred from ")
      .plant(
        "place",
        "institution",
        `${note.one("St. ", "Mount ", "")}${note.one("Brenholt", "Agnes", "Kelmore", "Luke's")} ${note.one("Hospital", "Medical Center")}`,
      );
    note.say(" on ").shortDate().say(". ").plant("name", "First", patient.first).say(" resting. ");
    finding(note).say(" -- ").fullName(nurse, ["First Last"]).say(", RN\n");
  },
  message(note) {
    const { patient } = note;
    const sender = note.person();
    const host = note.one("clinic.example.org", "example.com");
    note
      .say("From: ")
      .fullName(sender, ["First Last"])
      .say(" <")
      .plant(
        "email",
        "name@host",
        `${madeCode(note.random, "@").toLowerCase()}${sender.last.toLowerCase().replaceAll(/[^a-z]/gu, "")}@${host}`,
      );
    note
      .say(">\nDate: ")
      .date()
      .say("\nSubject: refill\n\nHello, this is ")
      .fullName(patient, ["First Last"]);
    note.say(". My address is now ").address().say(", ").cityAndState().say(". My cell is ").phone();
    note
      .say(" and my member ID is ")
      .plant("health-plan", "member ID is @@@######", madeCode(note.random, "@@@######"));
    note
      .say(". I uploaded the form at ")
      .plant("url", "https", `https://portal.example.org/u/${madeCode(note.random, "######")}`);
    note
      .say(" from ")
      .plant(
        "ip-address",
        "IPv4",
        `10.${note.random.integer(0, 255)}.${note.random.integer(0, 255)}.${note.random.integer(1, 255)}`,
      )
      .say(". ");
    finding(note).say("\nThanks, ").plant("name", "Thanks, First", patient.first).say("\n");
  },
  registration(note) {
    const { patient } = note;
    note
      .say("REGISTRATION\nPatient: ")
      .fullName(patient)
      .say("\n")
      .number("social-security", "SSN:", "###-##-####")
      .say("\nAddress: ")
      .address();
    note
      .say("\nCity: ")
      .plant("place", "City:", note.one("Brenholt", "Vastorp", "Kelminster", "Port Arlen"))
      .say("\nZip code: ")
      .plant("place", "ZIP", madeCode(note.random, "#####"));
    note
      .say("\nHome phone: ")
      .phone()
      .say("\n")
      .number("health-plan", "Insurance ID:", "@@@#########", "#########")
      .say("\n");
    note
      .number("health-plan", "Medicare number", "#@##-@##-@@##")
      .say("\n")
      .number("licence", "Driver's license", "@#######", "@###-####-####")
      .say("\n");
    note
      .number("account", "Guarantor account #", "########")
      .say("\nEmergency contact: ")
      .fullName(note.person(), ["First Last", "Last, First"])
      .say(", ")
      .phone();
    note
      .say("\n")
      .number("vehicle", "License plate:", "@@@-####", "@@@ ####")
      .say("\n")
      .number("biometric", "Fingerprint ID", "@@-######")
      .say("\n");
    note
      .say("Photo on file: ")
      .plant(
        "photograph",
        "image file",
        `${patient.last.toLowerCase().replaceAll(/[^a-z]/gu, "")}_${madeCode(note.random, "####")}.jpg`,
      )
      .say("\n");
    note
      .number("other-number", "Study ID:", "@@-####", "@@@#####")
      .say("\nPrimary care physician: ")
      .doctor(note.person())
      .say("\n");
    finding(note).say("\n");
  },
  "device clinic"(note) {
    const { patient } = note;
    note
      .say("Device check for ")
      .fullName(patient, ["First Last"])
      .say(", ")
      .number("medical-record", "MRN", "########")
      .say(". ");
    note
      .say("Dual chamber pacemaker, ")
      .number("device", "serial number", "@@@######", "@@@#####@")
      .say(", implanted ")
      .date()
      .say(" by ")
      .doctor(note.person());
    note
      .say(". Lead ")
      .number("device", "S/N", "@@@######")
      .say(". Threshold 0.75 V at 0.4 ms, impedance 480 ohms, battery 2.98 V. ");
    finding(note)
      .say(" Next check in ")
      .plant("date", "in Month", note.one("January", "April", "August", "October"))
      .say(". ");
    note.number("licence", "DEA", "@@#######").say(". ").number("licence", "NPI:", "##########").say(".\n");
    finding(note).say("\n");
  },
  conversation(note) {
    const { patient } = note;
    note.say("Doctor: Good morning, ").title(patient);
    note.say(". I may second what the nurse said. Your last visit was on ").spokenDate();
    note
      .say(", is that right?\nPatient: Yes. I am ")
      .spokenAge()
      .say(" years old now, and I quit in two thousand four. ");
    note
      .say("It started around ")
      .holiday()
      .say(", a hundred times I told you. The scan was in ")
      .spokenMonth();
    note.say(".\nDoctor: ");
    finding(note).say(" Blood pressure is one forty over ninety.\nPatient: Doctor ");
    note.plant("name", "Doctor Last", note.person().last).say(" saw me on the ").spokenDate();
    note.say(".\nDoctor: We will march through this in five of ten steps. In 5/16 patients it helps.\n");
  },
  dictation(note) {
    const [patient, doctor] = [dictatedName(note.random), dictatedName(note.random)];
    const [month, day] = [note.one("february", "october", "november"), note.random.integer(1, 29)];
    note
      .say("doctor : ")
      .plant("name", "first last", `${patient.first} ${patient.last}`)
      .say(" , date of birth , ");
    note.plant(
      "date",
      "3/14/2021",
      `${note.random.integer(1, 13)}/${day}/${note.random.integer(1940, 2005)}`,
    );
    note
      .say(" . hey ")
      .plant("name", "hey first", patient.first)
      .say(" , i'm doctor ")
      .plant("name", "doctor last", doctor.last);
    note
      .say(" . so where do you live now ? patient : we live in ")
      .plant("place", "live in city", note.one("dallas", "brenholt", "duluth", "kelminster"));
    note
      .say(" , at ")
      .plant(
        "place",
        "12 name street",
        `${note.random.integer(1, 9999)} ${note.one("evergreen", "maple", "kelmore", "old mill")} ${note.one("street", "avenue", "lane", "road")}`,
      );
    note
      .say(" . it is a 20 minute drive . doctor : and the pain began on ")
      .plant("date", "march fourteenth", `${month} ${ordinalInWords(day)}`);
    note
      .say(" ? patient : yes , and again in ")
      .plant("date", "in month", note.one("march", "may", "august"));
    note
      .say(" . you may first want to know that i take 5 milligrams , and my mom is ")
      .plant("age", "ninety four", note.one("ninety three", "ninety", "a hundred and one"))
      .say(" years old . doctor : okay . ");
    note
      .say(
        note.one(
          "the pain is seven out of ten .",
          "blood pressure is one forty over ninety .",
          "she had parkinson's disease .",
        ),
      )
      .say("\n");
  },
};
