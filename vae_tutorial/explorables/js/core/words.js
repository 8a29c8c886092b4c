// Numbers as a reader sees them.

/** Write a number with a true minus sign. @param {number} value */
export const written = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

/** Write a number as a change: with its sign. @param {number} value */
export const signed = (value) => (value < 0 ? "" : "+") + written(value);

/** Write a number as what is added to another. @param {number} value */
export const added = (value) => `${Number(value.toFixed(2)) < 0 ? "−" : "+"} ${written(Math.abs(value))}`;
