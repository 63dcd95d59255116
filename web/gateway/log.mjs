// One line on stderr per event: time, level, "subject verb object key=value".

/**
 * @param {"info" | "warning" | "error"} level
 * @param {string} text
 * @param {Record<string, unknown>} [fields] short; never a secret
 */
export function log(level, text, fields = {}) {
  const more = Object.entries(fields).map(([name, x]) => ` ${name}=${JSON.stringify(x)}`);
  process.stderr.write(`${new Date().toISOString()} ${level} ${text}${more.join("")}\n`);
}
