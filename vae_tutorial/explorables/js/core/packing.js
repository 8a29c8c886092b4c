// What Python packs into text, the page turns back into numbers.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PLACES = new Map([...ALPHABET].map((letter, place) => [letter, place]));

/**
 * Turn packed text back into numbers: each stands as some digits in base 64, its place between two ends.
 * @param {string} text
 * @param {number} low
 * @param {number} high
 */
export function unpack(text, low, high, digits = 2) {
  const numbers = new Float64Array(text.length / digits);
  for (let i = 0; i < numbers.length; i++) {
    let place = 0;
    for (let k = 0; k < digits; k++) place = 64 * place + (PLACES.get(text[i * digits + k]) ?? NaN);
    numbers[i] = low + ((high - low) * place) / (64 ** digits - 1);
  }
  return numbers;
}

/** Return the pixels, from 0 to 1, of an image with a hexadecimal digit for each. @param {string} text */
export const pixels = (text) => Float64Array.from(text, (digit) => parseInt(digit, 16) / 15);
