import { AssignerProtocol } from '../wire/kafkajs.ts';

/** Partition p of every topic goes to the same process, so that what has the same key meets in one memory. */
export const coPartitioned = assigner('temper-co-partitioned', () => true);
export const only = (chosen: (partition: number) => boolean) => assigner('temper-chosen', chosen);

function assigner(name: string, chosen: (partition: number) => boolean) {
  type Cluster = { findTopicPartitionMetadata(topic: string): { partitionId: number }[] };
  const { MemberAssignment, MemberMetadata } = AssignerProtocol;
  return ({ cluster }: { cluster: unknown }) => ({
    name,
    version: 1,
    async assign({ members, topics }: { members: { memberId: string }[]; topics: string[] }) {
      const ids = members.map(m => m.memberId).sort();
      return ids.map((memberId, index) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: 1,
          userData: Buffer.alloc(0),
          assignment: Object.fromEntries(
            topics.map(topic => {
              const all = (cluster as Cluster).findTopicPartitionMetadata(topic).map(p => p.partitionId);
              return [topic, all.filter(p => chosen(p) && p % ids.length === index)];
            }),
          ),
        }),
      }));
    },
    protocol: ({ topics }: { topics: string[] }) => ({
      name,
      metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
    }),
  });
}
