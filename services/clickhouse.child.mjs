/**
 * The ClickHouse server: node clickhouse.child.mjs <libchdb.so> <config file>, in the service's directory.
 *
 * `chdb_query_cmdline` is the engine's `clickhouse local`. Its query opens the HTTP interface and then reads standard
 * input, which is the parent's pipe: the server ends by itself when the parent closes the pipe, or dies.
 */
import { DataType, load, open } from 'ffi-rs';

const [library, configFile] = process.argv.slice(2);
const argv = [
  'clickhouse',
  `--config-file=${configFile}`,
  "--query=SYSTEM START LISTEN HTTP; SELECT * FROM file('-', LineAsString, 'line String') FORMAT Null",
];

/** @type {(name: string, retType: number, paramsType: number[], paramsValue: unknown[]) => unknown} */
const call = (funcName, retType, paramsType, paramsValue) =>
  load({ library: 'chdb', funcName, retType, paramsType, paramsValue });

open({ library: 'chdb', path: library });
const result = call('chdb_query_cmdline', DataType.External, [DataType.I32, DataType.StringArray], [argv.length, argv]);

// The text of an error may only be read where there is one: it is a null pointer otherwise.
const failed = call('chdb_result_error', DataType.BigInt, [DataType.External], [result]) !== 0n;
if (failed) console.error(call('chdb_result_error', DataType.String, [DataType.External], [result]));

// Node's own shutdown would run the library's destructors a second time.
process.reallyExit(failed ? 1 : 0);
