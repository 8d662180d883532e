import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';

/** Frames of a video, if nothing else is said. */
export const FRAMES = 8;

/**
 * Frames of a video, evenly over all of it: of a directory of pictures in the order of their names (`2.jpg` before
 * `10.jpg`), or of a file by ffmpeg, which must be installed for that.
 *
 * @param place of the directory or file; links within a directory are not followed
 * @param count at most; a directory with fewer gives all
 * @returns the bytes of a picture file for each frame
 * @throws INPUT_INVALID where there is none, or no video; TOOL_MISSING where a file needs ffmpeg
 */
export async function readFrames(place: string, count: number = FRAMES): Promise<Buffer[]> {
  const found = await stat(place).catch((cause: unknown) =>
    refuse(place, 'a video, or a directory of pictures', cause),
  );
  return found.isDirectory() ? await framesOfDirectory(place, count) : await framesOfFile(place, count);
}

const PICTURE = /\.(jpe?g|png|webp)$/i;

async function framesOfDirectory(directory: string, count: number): Promise<Buffer[]> {
  const names = (await readdir(directory)).filter(name => PICTURE.test(name) && !name.startsWith('.'));
  if (names.length === 0) refuse(directory, 'a directory of JPEG, PNG or WebP files');
  names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return await Promise.all(evenly(names, count).map(name => readPicture(path.join(directory, name))));
}

/** As many as wanted from the middles of equal stretches, or all where there are fewer. */
export function evenly<V>(values: readonly V[], count: number): V[] {
  const wanted = Math.min(count, values.length);
  return Array.from({ length: wanted }, (_, place) => values[Math.floor(((place + 0.5) * values.length) / wanted)]!);
}

async function readPicture(file: string): Promise<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: unknown) => refuse(file, 'a file that can be read', cause));
  try {
    const status = await handle.stat();
    if (!status.isFile() || status.size > LIMITS.picture_bytes) {
      refuse(file, `a file of at most ${LIMITS.picture_bytes} bytes`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** What a film comes in. Other formats are lists of other files, or hosts, that ffmpeg would open too. */
const FORMATS = 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif';
/** The longer side of a frame: more is not looked at. */
const SIDE = 512;
const TIMEOUT_MS = 30_000;

async function framesOfFile(file: string, count: number): Promise<Buffer[]> {
  const duration = await durationOf(file);
  const frames: Buffer[] = [];
  for (let place = 0; place < count; place++) {
    const at = ((place + 0.5) * duration) / count;
    const { stdout } = await ffmpeg(
      file,
      ['-ss', at.toFixed(3)],
      [
        ...['-frames:v', '1', '-vf', `scale=${SIDE}:${SIDE}:force_original_aspect_ratio=decrease`],
        ...['-f', 'image2pipe', '-c:v', 'png', 'pipe:1'],
      ],
    );
    // Behind the last frame of a film whose sound is longer there is none.
    if (stdout.length > 0) frames.push(Buffer.from(stdout));
  }
  return frames.length > 0 ? frames : refuse(file, 'a video with frames');
}

/** In seconds, as ffmpeg says when it is asked for nothing else. */
async function durationOf(file: string): Promise<number> {
  const { stderr } = await ffmpeg(file, [], []);
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(Buffer.from(stderr).toString()) ?? [];
  if (seconds === undefined) return refuse(file, 'a video in a format that ffmpeg reads');
  return 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
}

async function ffmpeg(file: string, before: readonly string[], after: readonly string[]) {
  const source = ['-protocol_whitelist', 'file', '-format_whitelist', FORMATS, '-i', `file:${path.resolve(file)}`];
  const result = await execa('ffmpeg', ['-nostdin', '-hide_banner', ...before, ...source, ...after], {
    encoding: 'buffer',
    stdin: 'ignore',
    maxBuffer: LIMITS.picture_bytes,
    timeout: TIMEOUT_MS,
    reject: false,
  });
  if (result.code === 'ENOENT') {
    throw new TemperError('TOOL_MISSING', {
      where: file,
      expected: 'ffmpeg on the path, for videos that are files',
      next: 'Install ffmpeg, or give the video as a directory of pictures',
      cause: result.cause,
    });
  }
  if (result.timedOut || result.isMaxBuffer) refuse(file, 'a video of which a frame is read in time', result);
  return result;
}

function refuse(where: string, expected: string, cause?: unknown): never {
  throw new TemperError('INPUT_INVALID', { where, expected, cause });
}
