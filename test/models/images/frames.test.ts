import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evenly, readFrames } from '../../../models/images/frames.ts';
import { squaresOf } from '../../../models/images/pixels.ts';
import { LIMITS } from '../../../schemas/limits.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-frames-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});
const at = (name: string) => path.join(directory, name);

it.each([
  [3, ['b', 'd', 'f']],
  [1, ['d']],
  [6, ['a', 'b', 'c', 'd', 'e', 'f']],
  [9, ['a', 'b', 'c', 'd', 'e', 'f']],
])('%i of six are taken evenly', (count, taken) => {
  expect(evenly(['a', 'b', 'c', 'd', 'e', 'f'], count)).toEqual(taken);
});

describe('the frames of a directory', () => {
  it('are its pictures in the order of their numbers', async () => {
    for (const number of [10, 2, 1, 11, 3]) writeFileSync(at(`frame${number}.jpg`), String(number));
    writeFileSync(at('notes.txt'), 'no');
    writeFileSync(at('.hidden.png'), 'no');
    expect((await readFrames(directory)).map(String)).toEqual(['1', '2', '3', '10', '11']);
    expect((await readFrames(directory, 2)).map(String)).toEqual(['2', '10']);
  });

  it.each<[string, (place: string) => void, RegExp]>([
    ['nothing', place => place, /a video, or a directory of pictures; because ENOENT/],
    ['no picture', mkdirSync, /a directory of JPEG, PNG or WebP files/],
    [
      'a link to a file elsewhere',
      place => {
        mkdirSync(place);
        symlinkSync('/etc/hostname', path.join(place, '1.jpg'));
      },
      /a file that can be read; because ELOOP/,
    ],
    [
      'a directory as a picture',
      place => mkdirSync(path.join(place, '1.jpg'), { recursive: true }),
      /a file of at most/,
    ],
    [
      'a picture that is too large',
      place => {
        mkdirSync(place);
        writeFileSync(path.join(place, '1.jpg'), '');
        truncateSync(path.join(place, '1.jpg'), LIMITS.picture_bytes + 1);
      },
      /a file of at most/,
    ],
  ])('are refused where there is %s', async (_what, make, says) => {
    make(at('video'));
    await expect(readFrames(at('video'))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(says),
    });
  });
});

const ffmpeg = await execa('ffmpeg', ['-version'], { reject: false });

describe('the frames of a file', () => {
  it('need ffmpeg, and say so', async () => {
    writeFileSync(at('film.mp4'), 'no film');
    vi.stubEnv('PATH', directory);
    await expect(readFrames(at('film.mp4'))).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringMatching(/ffmpeg on the path.*or give the video as a directory of pictures/s),
    });
  });

  describe.skipIf(ffmpeg.failed)(ffmpeg.failed ? 'by ffmpeg, which is not installed here' : 'by ffmpeg', () => {
    const film = async (name: string, ...options: string[]) => {
      await execa('ffmpeg', ['-hide_banner', ...options, at(name)]);
      return at(name);
    };
    const colours = ['-f', 'lavfi', '-i', 'color=red:s=64x48:d=2', '-f', 'lavfi', '-i', 'color=blue:s=64x48:d=2'];

    it.each(['mp4', 'webm', 'avi'])('are evenly over all of it: %s', async format => {
      const place = await film(`film.${format}`, ...colours, '-filter_complex', '[0][1]concat');
      const frames = await readFrames(place, 4);
      const first = await Promise.all(frames.map(async frame => (await squaresOf(frame, 8))[0]![0]! > 0));
      expect(first).toEqual([true, true, false, false]);
    });

    it.each([
      ['no film', 'film.mp4', () => 'no film'],
      ['a list of other files', 'list.m3u8', () => `#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n`],
    ])('are refused where there is %s', async (_what, name, content) => {
      writeFileSync(at(name), content());
      await expect(readFrames(at(name))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    });
  });
});
