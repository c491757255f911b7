'use strict';
/*
 * Runs many Newman command lines one after another in one process: starting Node anew for each takes
 * a second. Each goes through Newman's own command-line parser, so that options mean what they mean there.
 *
 * Standard input holds one JSON line a job: {"id", "dir", "args", "env"}; each is answered by one JSON line
 * {"id", "exit", "stderr", "spoiled"} on standard output; "spoiled" says that the process should not be used
 * any more, as the run crashed or hangs. The next job is read only after that, so that the server
 * of the harness can tell the requests of one job from those of the next.
 */
const path = require('path'),
    readline = require('readline'),
    newman = require('newman'),
    command = require.resolve('newman/bin/newman.js'),
    realRun = newman.run,
    realExit = process.exit,
    answer = process.stdout.write.bind(process.stdout);

let current = null;

class Exit extends Error {}

// Newman and its option parser end the process; here this ends the job only.
process.exit = (code) => { finish(code === undefined ? process.exitCode || 0 : code); throw new Exit(); };

// An async pm.test that rejects kills Newman (Node's default for such rejections): so it does here, for its job.
process.on('unhandledRejection', (reason) => current && current.crash(reason));
process.on('uncaughtException', (error) => { error instanceof Exit || (current && current.crash(error)); });

process.stdout.write = () => true;
process.stderr.write = (text) => { current && (current.stderr += text); return true; };

newman.run = (options, callback) => realRun(options, (error, summary) => {
    callback(error, summary);
    // a turn later, as reports are written and promises rejected by then
    setImmediate(() => finish(process.exitCode || 0));
});

function finish (exit) {
    if (!current) { return; }
    const job = current;

    current = null;
    process.exitCode = 0;
    answer(JSON.stringify({ id: job.id, exit, spoiled: exit === 7 || exit === 124, stderr: job.stderr }) + '\n');
}

async function main () {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const job = JSON.parse(line);

        process.chdir(job.dir);
        process.exitCode = 0;
        Object.assign(process.env, job.env);
        await new Promise((resolve) => {
            const timer = setTimeout(() => current === job && finish(124), job.limit);

            current = Object.assign(job, {
                stderr: '',
                crash: (error) => {
                    if (current !== job) { return; }
                    job.stderr += String(error && error.stack || error);
                    finish(7);
                }
            });
            delete require.cache[command];
            delete require.cache[path.join(path.dirname(command), 'util.js')];
            try { require(command)(['node', 'newman'].concat(job.args)); }
            catch (error) { error instanceof Exit || job.crash(error); }

            (function wait () {
                if (current !== job) { clearTimeout(timer); resolve(); }
                else { setTimeout(wait, 2); }
            }());
        });
        Object.keys(job.env).forEach((name) => { delete process.env[name]; });
    }
    realExit(0);
}

main();
