/**
 * Capitalised words that stand where a name could and are none: what notes and articles begin sentences and headings
 * with, and words of organisations, tests and drugs.
 */
const words = `
  A About Above Abdomen Abdominal Acetaminophen Active Acute Additional Address Admission Admit After Age Aged Alert All
  Allergic Allergies Allergy Also Although Always American An And Another Any Appearance April Are Arm As Aspirin Assessment
  Associated At Attending August Back Based Because Before Below Between Bilateral Birth Black Blood Bone Both Brain
  Breath Breathing But By Calcium Cancer Cardiac Care Case Caucasian Cause Cell Center Central Centre Chart Chest Chief
  Child Children Chinese Christmas Chronic Clear Clinic Clinical Code College Comments Comparison Complaint Complete Condition
  Consider Consult Consultation Contact Continue Control Copy Coronary Count County Course Current Daily Data Date Daughter
  Day Days December Denies Department Diabetes Diagnosis Diagnoses Diet Dictated Disease Discharge Disposition Do Doctor Does Dose
  Dr Drug During Each Ear Early Education Elective Electronic Electronically Email Emergency Employer English Evaluation Every Exam Examination
  Exercise Extremities Eye Eyes Facility Family Father Fax February Female Findings First Fluid Follow Following For Former Found French
  Friday From Full Function Further Gastrointestinal General German Given Global Group Has Have He Head Health Heart Height Hemoglobin Her
  Here High His History Home Hospital How However I If Immediate Impression In Include Including Indication Indications Initial Inpatient
  Instructions Insurance Internal Interval Is It January July June Kidney Lab Laboratory Labs Large Last Lateral Left Leg Level
  Life Like List Liver Location Low Lower Lung Lungs Male Management March Married Maternal Max Maximum May Mean Medical Medication Medications Medicine
  Member Memory Mental Method Mild Mission Moderate Monday Month Months Mother Mr Mrs Ms Name Nausea Neck Negative Neuro Neurologic
  Neurology New Next No None Normal Not Note Notes November Number Nurse Nursing Objective October Of Office On Once One Only Operative
  Or Oral Order Other Our Out Outpatient Over Pain Past Paternal Patient Patients Pediatric Pending Performed Phone Physical Physician
  Plan Plans Please Positive Post Potassium Practice Present Presents Pressure Previous Primary Prior Problem Problems Procedure Procedures Prof
  Progress Provider Psychiatric Psychiatry Pulmonary Pulse Radiology Rate Reason Received Recent Record Records Referral Referred Referring Regular
  Rehabilitation Reports Request Respiratory Result Results Return Review Right Room Routine Same Saturday School Second Section See Seen Sent
  September Serum Service Services Severe She Sign Signature Signed Signs Since Sister Skin Small Smoking Social Sodium Son South Spanish Specimen
  Spouse Stable Staff Start State Status Street Study Subjective Such Summary Sunday Surgery Surgical Symptoms System Systems Take Temperature
  Test Tests Than Thank That The Their Then Therapy There These They This Those Three Thursday Thus Time To Today Total Treatment
  Trial Tuesday Two Type Ultrasound Under Unit University Until Upper Urgent Urine Use Use Used Utah Vaccine Vascular Very Visit Vital Vitals Vitamin
  Ward Was We Wednesday Week Weeks Weight Well Were What When Where Which White Who Wife Will With Within Without Woman Women X Year Years Yes
  You Your My Me Mine Its Their Ours Zip North East West Northern Southern Eastern Western National International Institute Foundation Association Society Committee
  Association Journal Press Figure Table Author Authors Introduction Methods Discussion Conclusion Conclusions Background Abstract References
  Alive Ambulatory Anxiety Apnea Arterial Asthma Atrial Bedside Bowel Cardiology Carotid Cervical Cholesterol Colon Compared Consent Coagulation
  Deceased Dermatology Dysphagia Echo Electrocardiogram Endocrine Femoral Fever Foley Gait Glucose Headache Hepatitis Hypertension Infectious Influenza
  Insulin Intact Intravenous Lumbar Lymph Magnesium Metformin Lisinopril Heparin Warfarin Morphine Motor Mouth Multiple Muscle Nasal Obstetrics
  Oncology Ophthalmology Orthopedic Orthopedics Oxygen Palliative Pathology Pelvic Pharmacy Platelet Platelets Pleural Pneumonia Prostate Protein Renal
  Rheumatology Saline Sensory Spinal Spine Stage Stroke Systolic Diastolic Thyroid Tissue Tobacco Trauma Troponin Tumor Ulcer Urology Venous Ventricular
  Vision Wound Subject Regarding Re Cc Dear Sincerely Regards Guarantor Subscriber Relationship Guardian Caregiver Next Kin Marital Race
  Hello Hi Hey Okay Ok Oh Uh Um Well Let Tell Can Could Would Should Did So Good Great Alright Sure Yeah Yep Nope Nah Now Just Maybe Some Anything Sorry Really
  Actually Mom Dad Grandma Grandpa Mister Madam Sir Honestly Sometimes Around Much Congratulations Nothing Something Everything Fine Right Absolutely Exactly
  Ethnicity Religion Language Occupation Employer Preferred Pronouns Sex Gender Hispanic Asian African European Indian Native Widowed Single Divorced Retired
`;

export const notNames: ReadonlySet<string> = new Set(words.trim().split(/\s+/u));

/** Persons whose name a disease, sign, device or scale bears. */
const eponyms = `
  Addison Alzheimer Apgar Asperger Babinski Baker Barrett Bartter Basedow Behcet Bell Bence Bishop Bowen Braxton Broca Brudzinski Budd Buerger Burkitt
  Chagas Charcot Chiari Child Chvostek Clostridium Coombs Cooley Creutzfeldt Crohn Cushing Dandy Down Duchenne Dupuytren Ebstein Ehlers Danlos Epstein Barr
  Ewing Fallot Fanconi Foley Fowler French Gaucher Gilbert Glasgow Gleason Goodpasture Gram Graves Guillain Barre Hashimoto Heimlich Hickman Hirschsprung
  Hodgkin Homans Horner Huntington Hurler Jackson Jakob Jones Kaplan Meier Kaposi Karnofsky Kawasaki Kayser Fleischer Kernig Kerley Kleinfelter Klinefelter
  Koplik Korotkoff Korsakoff Kussmaul Lachman Landsteiner Lhermitte Likert Lou Gehrig Ludwig Lyme Mallory Weiss Mantoux Marfan McBurney McMurray Meckel
  Meniere Miller Mohs Murphy Newcastle Norwalk Osgood Schlatter Paget Papanicolaou Parkinson Peyronie Phalen Pick Pott Prader Willi Purkinje Ramsay Hunt
  Raynaud Reiter Reye Richter Rinne Ringer Rinne Romberg Rorschach Rovsing Sengstaken Sjogren Snellen Starling Stevens Johnson Stokes Swan Ganz Tay Sachs
  Tinel Tourette Trendelenburg Turner Valsalva Virchow Waterhouse Wegener Wernicke Whipple Wilms Wilson Wolff Parkinson White Zenker Zollinger Ellison
  Cochrane Fisher Student Bayes Bonferroni Cox Wilcoxon Mann Whitney Pearson Spearman Markov Gauss Poisson Harvard Johns Hopkins Mayo Kaiser Medicare Medicaid Tylenol
`;

export const eponymNames: ReadonlySet<string> = new Set(eponyms.trim().split(/\s+/u));

/** After these an eponym is a disease, a sign, a device; never a person. */
export const afterEponym =
  /(?:['’]s?)?[\s-]*(?:\w+[\s-]+)?(?:disease|syndrome|sign|test|scale|score|coma|catheter|palsy|lymphoma|sarcoma|reflex|tumou?r|criteria|classification|index|stain|phenomenon|esophagus|disorder|dementia|method|procedure|position|lactate|solution|fracture|nodes?|thyroiditis|encephalopathy|fibers?|cells?|virus|maneuver|manoeuvre|exact|regression|curves?|model|contracture|diverticulum|duct|chorea|anemia|body|bodies|line|tube|ulcer|cyst|point|triad|tetralogy|protein|aphasia|area|type|bleeding|performance|spots?|rings?|sinus|abscess|nephropathy|nephritis|purpura|hernia|gait|aneurysm)\b/iuy;
