import onnxProto, { type onnx } from 'onnx-proto';

/** ONNX's messages as protobufjs reads and writes them. Nothing else imports onnx-proto. */
export const { ModelProto } = onnxProto.onnx;
export const { AttributeType } = onnxProto.onnx.AttributeProto;

export type GraphProto = onnx.IGraphProto;
export type NodeProto = onnx.INodeProto;
export type AttributeProto = onnx.IAttributeProto;
export type TensorProto = onnx.ITensorProto;
export type ValueProto = onnx.IValueInfoProto;
export type DimProto = onnx.TensorShapeProto.IDimension;

/** A 64-bit number, which protobufjs gives as an object where it may not fit a number. */
export type Whole = number | { toNumber(): number };

export function whole(value: Whole | null | undefined): number {
  return typeof value === 'number' ? value : (value?.toNumber() ?? 0);
}
