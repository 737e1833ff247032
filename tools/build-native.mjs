// Builds the addon into build/Release/tapegrad.node with npm's own node-gyp. Optional (npm install), it never fails but
// says in one line what is missing or where the long log is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const log = 'build/native.log';
const windows = process.platform === 'win32';

/** Names of the commands of which none answers `--version`. */
function missing(...commands) {
  const answers = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
  return commands.some((command) => command && answers(command)) ? [] : [commands.at(-1)];
}

/** What node-gyp will not find; on Windows it looks for Visual Studio in its own ways. */
function missingTools() {
  const { CXX, MAKE, npm_config_python, PYTHON } = process.env;
  const headers = existsSync(`${root}node_modules/node-addon-api`) ? [] : ['node-addon-api'];
  if (windows) return headers;
  return [
    ...headers,
    ...missing(npm_config_python, PYTHON, 'python', 'python3'),
    ...missing(MAKE, 'make'),
    ...missing(CXX?.split(' ')[0], 'c++', 'g++'),
  ];
}

/** Runs npm's own node-gyp, or by hand one on the PATH: `configure`, then what else is asked for. */
function nodeGyp(...commands) {
  const own = process.env.npm_config_node_gyp;
  const [command, ...first] = own
    ? [process.execPath, own]
    : [windows ? 'node-gyp.cmd' : 'node-gyp'];
  let output = '';
  for (const steps of [commands.slice(0, 1), commands.slice(1)]) {
    const run = spawnSync(command, [...first, ...steps], {
      cwd: root,
      encoding: 'utf8',
      shell: windows,
      maxBuffer: 1 << 28,
    });
    output += `${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}`;
    if (run.status !== 0) return { status: run.status ?? 1, output };
  }
  return { status: 0, output };
}

export function buildNative({ optional }) {
  const tools = missingTools();
  let problem = tools.length > 0 ? `found no ${tools.join(', no ')}` : undefined;
  if (!problem) {
    const run = nodeGyp('configure', 'build', '--jobs', '2');
    mkdirSync(`${root}build`, { recursive: true });
    writeFileSync(`${root}${log}`, run.output);
    if (run.status === 0) {
      console.log('native kernels: built');
      return;
    }
    problem = `the log is in ${log}`;
    // A half-made or an older addon would be loaded without a word.
    rmSync(`${root}build/Release/tapegrad.node`, { force: true });
  }
  const instead = existsSync(`${root}build/Release/tapegrad.node`)
    ? 'those built before stay in use'
    : 'everything runs on the slower reference kernels';
  console.log(
    `native kernels: not built (${problem}); ${instead}. ` +
      'Install Python 3, make and g++, then `npm run build:native`',
  );
  if (!optional) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildNative({ optional: false });
