import type { ReactNode } from 'react'

/** A page for somebody who is not signed in: one thing to do, in the middle. */
export function FrontDoor({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center bg-surface px-4 py-10">
      <div className="flex w-full max-w-sm flex-col gap-6 rounded-2xl border border-line bg-page p-7 shadow-sm max-sm:border-0 max-sm:bg-transparent max-sm:p-2 max-sm:shadow-none">
        <div className="flex flex-col items-center gap-3 text-center">
          <img src="/icon.svg" alt="" width="44" height="44" />
          <h1 className="text-xl font-semibold tracking-tight text-balance">{title}</h1>
        </div>
        {children}
      </div>
    </main>
  )
}
