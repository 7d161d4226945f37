// One case at work: what came from the server, and every change of it in one way. Each change answers with the case as
// it then is; one that comes after somebody else's is refused, and the case is fetched anew.
import { api } from '../../api/client';
import type { CaseDetail } from '../../api/model';
import { Action, Resource } from '../../app/resource.svelte';

export class CaseWork {
  readonly found: Resource<CaseDetail>;
  readonly action = new Action();
  private readonly path: string;

  constructor(readonly id: string) {
    this.path = `/cases/${encodeURIComponent(id)}`;
    this.found = new Resource(() => api.get<CaseDetail>(this.path));
  }

  /** What there is to read below this case. */
  read<T>(part: string, query: Record<string, string | null> = {}): Promise<T> {
    return api.get<T>(`${this.path}/${part}`, query);
  }

  /** Adds something. Whether it went well. */
  add(part: string, body: object): Promise<boolean> {
    return this.run(() => api.post<CaseDetail>(`${this.path}/${part}`, body));
  }

  /** Sets something that another may have set: with the version that is on the screen. */
  set(part: string, body: object): Promise<boolean> {
    return this.run(() => api.post<CaseDetail>(`${this.path}/${part}`, this.versioned(body)));
  }

  /** Changes the case, or a part of it. */
  change(part: string, body: object): Promise<boolean> {
    const path = part === '' ? this.path : `${this.path}/${part}`;
    return this.run(() => api.patch<CaseDetail>(path, this.versioned(body)));
  }

  private versioned(body: object): object {
    return { ...body, version: this.found.value?.case.version ?? 0 };
  }

  private async run(send: () => Promise<CaseDetail>): Promise<boolean> {
    const done = await this.action.run(async () => {
      this.found.value = await send();
    });
    if (this.action.problem?.code === 'changed') await this.found.load();
    return done;
  }
}
