// Reads HLS playlists with two strict parsers: node tools/check_playlist.mjs FILE…
// Prints one line for each complaint (file, parser, words); exit status 1 if there is any.
import { readFileSync } from "node:fs";
import HLS from "hls-parser";
import { Parser } from "m3u8-parser";

let complaints = 0;
const complain = (file, parser, words) => {
  complaints += 1;
  console.log(`${file}: ${parser}: ${words}`);
};

HLS.setOptions({ strictMode: true, silent: true });
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  try {
    HLS.parse(text);
  } catch (error) {
    complain(file, "hls-parser", error.message);
  }
  const parser = new Parser();
  for (const event of ["warn", "error"]) {
    parser.on(event, ({ message }) => complain(file, "m3u8-parser", message));
  }
  parser.push(text);
  parser.end();
}
process.exit(complaints ? 1 : 0);
