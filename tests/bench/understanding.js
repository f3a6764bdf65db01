// NLP.js on one split: reads {language, train, test} as JSON from a file, prints {accuracy, seconds, times}.
const fs = require("fs");
const { NlpManager } = require("node-nlp");

(async () => {
  const { language, train, test } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const manager = new NlpManager({ languages: [language], forceNER: false, nlu: { log: false }, autoSave: false });
  for (const [text, label] of train) manager.addDocument(language, text, label);
  const began = process.hrtime.bigint();
  await manager.train();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  let right = 0;
  const times = [];
  for (const [text, label] of test) {
    const start = process.hrtime.bigint();
    const found = await manager.process(language, text);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
    if (found.intent === label) right += 1;
  }
  console.log("RESULT" + JSON.stringify({ accuracy: right / test.length, seconds, times }));
})();
