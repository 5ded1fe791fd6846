// Whose picture is seen, as the embedded room's director has it: a shared screen, else whoever has the floor, else who spoke last.

const STAYS = 1500; // milliseconds that somebody is still seen after having spoken: a short remark takes the picture from nobody

export class Chooser {
  #seen; // whose camera was chosen last

  // pictures: {key, identity, screen, host, spokeAt (milliseconds; 0: never)}. floor: the identities of those who have it.
  choose(pictures, floor, now) {
    const screen = pictures.find((one) => one.screen);
    const camera = this.#camera(pictures.filter((one) => !one.screen), floor, now);
    this.#seen = camera?.key;
    return screen ? { main: screen, small: camera } : { main: camera };
  }

  #camera(cameras, floor, now) {
    const possible = floor.size ? cameras.filter((one) => floor.has(one.identity)) : cameras;
    const seen = possible.find((one) => one.key === this.#seen);
    if (seen?.spokeAt && now - seen.spokeAt < STAYS) return seen;
    const spoke = possible.filter((one) => one.spokeAt);
    if (spoke.length) return spoke.reduce((best, one) => (one.spokeAt > best.spokeAt ? one : best));
    return seen ?? possible.find((one) => one.host) ?? possible[0];
  }
}
