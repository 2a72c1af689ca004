import womensNames from "random-name/first-names.json" with { type: "json" };
import mensNames from "random-name/middle-names.json" with { type: "json" };
import allNames from "random-name/names.json" with { type: "json" };

import { notNames } from "./not-names.ts";

/** First names that are words too; beside another word they say nothing. */
const wordsToo = new Set(
  (
    "An April Art August Autumn Baby Bay Bell Bill Bird Blood Blue Bud Case Chance Charity Chase Christian Clay Dale Dawn " +
    "Day Dean Dell Drew Duke Early Earth Easter Eve Ever Faith Fallon Fawn Flora Frank Gale Gay General Grace Grant Guy " +
    "Happy Harmony Heath Honor Hope Hunter In Ivy Jewel Joy June Justice King Lane Lee Major Mark Mason Max May Melody " +
    "Mercy Miles Misty Norm Olive Page Patience Pepper Pleasant Price Prudence Queen Rand Ray Reed Rich Rob Rose Ruby " +
    "See Shade Sharp Sky Sterling Stormy Sue Summer Sunny Temple Temperance The True Van Verity Victor Violet Ward Wave " +
    "Will Winter Wood Worth Young Pen Rhea Cody Iris Angel Cloud Coral Dot Fern Hazel Holly Lily Myrtle Pearl Penny " +
    "Poppy Rosemary Star Tab Virginia Georgia Florence Sydney Paris London Chelsea Carolina Dakota Florida Madison " +
    "Charlotte Lincoln Jackson Austin Houston Dallas Denver Phoenix Savannah Aurora Orlando Crystal Ginger Sage"
  ).split(" "),
);

/** Given names that the list of 1996 lacks. */
const laterFirstNames = (
  "Aaliyah Abdul Ahmad Ahmed Aiden Aisha Alejandro Amara Amina Amir Ananya Anjali Arjun Asha Ayesha Bilal Brayden " +
  "Camila Chidi Chloe Deepak Destiny Diego Dmitri Donald Elif Emeka Esperanza Fatima Fernando Fatou Giovanni Guadalupe Hamza " +
  "Hassan Hiroshi Hiroko Hussein Ibrahim Imani Ines Ingrid Isabella Jamal Javier Jayden Jiang Jing Jorge Jose Juan " +
  "Kaito Kamala Kavya Kayla Keisha Kenji Khalid Khadija Kiran Krishna Lakshmi Latoya Leila Liam Luca Luis Luz Madison " +
  "Magdalena Malik Manuel Mariana Mateo Mehmet Mei Miguel Mohamed Mohammad Mohammed Monique Muhammad Mustafa Nadia " +
  "Naomi Nguyen Nikhil Noor Oksana Olumide Omar Pedro Pooja Priya Rafael Rahul Raj Rajesh Ramon Ravi Rohan Rosa Sanjay " +
  "Sakura Salma Samir Sandeep Santiago Sergei Shanice Shreya Siddharth Sofia Sunita Svetlana Tamika Tanisha Tariq " +
  "Thanh Thi Tomasz Tuan Tyrone Uche Valentina Vijay Vikram Wei Xavier Ximena Yasmin Yolanda Yuki Yusuf Zainab Zoe"
).split(" ");

/** Last names, frequent in the United States, that the lists lack. */
const laterLastNames = (
  "Acosta Agarwal Aguilar Aguirre Ahmadi Akhtar Alvarado Alvarez Aquino Arora Avila Bautista Begum Beltran Calderon Camacho Campos Cardenas Castaneda Castillo " +
  "Cervantes Chaudhry Chavez Choi Chopra Chowdhury Contreras Cordova Cortez Cruz Delacruz Delgado Desai Diaz Dominguez Duarte Enriquez Escobar Espinoza Estrada Figueroa " +
  "Flores Fuentes Gallegos Garcia Garza Gomez Gonzales Gonzalez Guerra Guerrero Gupta Gutierrez Guzman Hernandez Herrera Hoang Hossain Huang Huynh Hwang Ibarra Iyer Jain " +
  "Jimenez Joshi Juarez Kapoor Kaur Khan Kumar Kwon Lopez Lozano Lucero Maldonado Marquez Martinez Mehta Mejia Melendez Mendez Mendoza Menon Mercado Meza Mishra Molina " +
  "Montoya Morales Moreno Munoz Murillo Nair Navarro Ngo Nguyen Nunez Ochoa Okafor Okeke Orozco Ortega Ortiz Osorio Pacheco Padilla Patel Patil Perez Pham Quintero Ramirez Ramos Rangel " +
  "Rao Reddy Reyes Rios Rivas Rivera Robles Rodriguez Rojas Rosales Rosario Ruiz Salas Salazar Salinas Sanchez Sandoval Santana Santos Serrano Shah Sharma Shrestha Siddiqui Singh Solis Soto " +
  "Suarez Tapia Torres Tran Trejo Trevino Trujillo Valdez Valencia Valenzuela Varela Vargas Vasquez Vazquez Velasquez Velez Venkatesh Villa Villanueva Villarreal Wang Yadav Yamamoto Yoon Zamora Zavala Zhang Zhao Zheng Zhou Zuniga"
).split(" ");

const first: readonly string[] = [...womensNames, ...mensNames];

/** What is a first name, and no word. */
export const firstNames: ReadonlySet<string> = new Set([
  ...first.filter((name) => !wordsToo.has(name) && !notNames.has(name)),
  ...laterFirstNames,
]);

/** First names that the lists have as women's alone, and as men's alone. */
export const namesOfWomen: ReadonlySet<string> = onlyIn(womensNames, mensNames);
export const namesOfMen: ReadonlySet<string> = onlyIn(mensNames, womensNames);

function onlyIn(some: readonly string[], others: readonly string[]): ReadonlySet<string> {
  const excluded = new Set(others);
  return new Set(some.filter((name) => !excluded.has(name)));
}

/** What may be a name of either kind; some are words as well. */
export const names: ReadonlySet<string> = new Set([
  ...first,
  ...laterFirstNames,
  ...laterLastNames,
  ...allNames,
]);
